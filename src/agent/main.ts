import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { AGENT_PATHS } from '../domain/agent-paths.ts'
import { archivePath } from '../domain/archive.ts'
import { OperatorError } from '../domain/errors.ts'
import { PATHS } from '../domain/mycnf.ts'
import { createLog } from '../log.ts'
import { openStore, readKey } from '../objectstore/open.ts'
import { type AgentPorts, backUp } from './backup.ts'
import { discard } from './discard.ts'
import type { Manifest } from './manifest.ts'
import { prepareReplay } from './replay.ts'
import { restore } from './restore.ts'
import { failed, removed, succeeded } from './result.ts'
import { type Task, TaskSchema } from './task.ts'
import { compare, type Proof } from './verify.ts'
import { whileWanted } from './wanted.ts'

const SAY_MS = 5_000

const log = createLog(process.env['LOG_LEVEL'] ?? 'info', 'agent')
/** Shorter than the grace period of the pod. */
const END_MS = 25_000
let isToEnd = false
for (const name of ['SIGTERM', 'SIGINT'] as const)
  process.once(name, () => {
    isToEnd = true
    systemClock.after(END_MS, () => process.exit(143))
  })

/** What is done, in the log, now and then. */
const speaker = (): AgentPorts['say'] => {
  let last = 0
  return (doing, done) => {
    if (systemClock.now() - last < SAY_MS) return
    last = systemClock.now()
    log.info(done, doing)
  }
}

interface Done {
  readonly manifest: Manifest
  readonly proof?: Proof
}

/** The backup, and beside it what is to be replayed over it. */
const restoreTo = async (ports: AgentPorts, task: Extract<Task, { kind: 'restore' }>): Promise<Done> => {
  const isDone = existsSync(PATHS.data)
  const manifest = await restore(ports, task, `${PATHS.data}.new`, isDone)
  if (!task.point || isDone) return { manifest }
  const replay = await prepareReplay(ports, archivePath(manifest.cluster), manifest, task.point, AGENT_PATHS.replay)
  log.info({ ...replay }, 'to be replayed')
  return { manifest: { ...manifest, gtids: replay.expected } }
}

const bring = async (ports: AgentPorts, task: Exclude<Task, { kind: 'discard' }>): Promise<Done> => {
  const { scratch } = AGENT_PATHS
  const copy = { data: join(scratch, 'copy'), said: join(scratch, 'said') }
  switch (task.kind) {
    case 'restore':
      return restoreTo(ports, task)
    case 'unpack':
      return { manifest: await restore(ports, task, copy.data) }
    case 'compare':
      return compare(ports, task.path, copy.said)
    case 'backup':
      return { manifest: await backUp(ports, task, copy) }
  }
}

/** Does what it is told to, and resolves with what it leaves for whoever told it. */
const run = async (task: Task): Promise<string> => {
  const key = task.kind === 'discard' ? undefined : await readKey(task.location)
  const store = whileWanted(await openStore(task.location), () => !isToEnd)
  const ports = { store, clock: systemClock, say: speaker(), ...(key ? { key } : {}) }
  if (task.kind === 'discard') {
    const objects = await discard(ports, task)
    log.info({ objects }, 'removed')
    return removed(objects)
  }
  const { manifest, proof } = await bring(ports, task)
  const { parts, gtids: _, tables, ...summary } = manifest
  log.info({ ...summary, parts: parts.length, tables: tables?.length, proof }, 'ended')
  return succeeded(manifest, proof)
}

try {
  const task = TaskSchema.parse(JSON.parse(process.env['TASK'] ?? ''))
  log.info({ path: task.path, kind: task.kind }, 'began')
  writeFileSync(AGENT_PATHS.result, await run(task))
  process.exit(0)
} catch (err) {
  log.fatal({ err }, 'failed')
  const said = err instanceof OperatorError ? err : new OperatorError('AgentFailed', String(err))
  writeFileSync(AGENT_PATHS.result, failed(said))
  process.exit(isToEnd ? 143 : 1)
}
