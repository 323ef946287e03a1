import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker'
import type { Recorded } from './files.ts'

const ROOT = join(import.meta.dirname, '../..')
const logger = new DefaultLogger('ERROR', () => undefined)

/** Keeps the native part of the SDK from writing about each replay; once for a process. */
export const silence = (): void =>
  Runtime.install({
    logger,
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  }) && undefined

export const bundleOf = (root: string = ROOT): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath: join(root, 'workflows/index.ts'), logger })

/** A change of one source of ours; it must find what it replaces. */
export interface Change {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The bundle of a copy of the workflows, and of the decisions that run in them, with one change. */
export const bundleWith = async ({ file, from, to }: Change): Promise<WorkflowBundle> => {
  const copy = mkdtempSync(join(tmpdir(), 'mysql-operator-replay-'))
  try {
    for (const room of ['workflows', 'src/domain', 'crds'])
      cpSync(join(ROOT, room), join(copy, room), { recursive: true })
    cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'))
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    const before = readFileSync(join(copy, file), 'utf8')
    if (before.split(from).length !== 2) throw new Error(`${file} does not hold exactly once: ${from}`)
    writeFileSync(
      join(copy, file),
      before.replace(from, () => to),
    )
    return await bundleOf(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Replays one history: undefined when the workflows give the same commands, else why not. */
export const replay = async (
  workflowBundle: WorkflowBundle,
  { workflowId, history }: Pick<Recorded, 'workflowId' | 'history'>,
): Promise<Error | undefined> => {
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [{ workflowId, history }])) return error
  throw new Error('nothing was replayed')
}
