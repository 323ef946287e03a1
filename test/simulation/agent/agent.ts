import { type AgentPorts, type Packed, readManifest, storePacked } from '../../../src/agent/backup.ts'
import { discard } from '../../../src/agent/discard.ts'
import { receiveParts } from '../../../src/agent/parts.ts'
import { failed, removed, succeeded } from '../../../src/agent/result.ts'
import { type Task, TaskSchema } from '../../../src/agent/task.ts'
import { sleep } from '../../../src/clock.ts'
import { OperatorError } from '../../../src/domain/errors.ts'
import type { MemberCopy } from '../mysql/elsewhere.ts'
import type { Random } from '../world/random.ts'

const PARTS = 3
const PIECE_MS = [200, 2_500] as const

/** The scratch volume of a pod: what one container leaves there, the next one finds. */
export interface Scratch {
  copy?: MemberCopy
}

export interface AgentParts {
  readonly ports: AgentPorts
  readonly random: Random
  readonly scratch: Scratch
}

/** The data directory is its set of transactions. Reading and compressing it takes its time. */
const packed = ({ ports, random, scratch }: AgentParts): { readonly data: Buffer; open(): Promise<Packed> } => {
  const { copy } = scratch
  if (!copy) throw new OperatorError('AgentFailed', 'there is no copy')
  const data = Buffer.from(JSON.stringify(copy))
  const stream = async function* () {
    const step = Math.ceil(data.length / PARTS)
    for (let from = 0; from < data.length; from += step) {
      await sleep(ports.clock, random.between(...PIECE_MS))
      yield data.subarray(from, from + step)
    }
  }
  return { data, open: async () => ({ ...copy, content: { files: 1, bytes: data.length }, stream: stream() }) }
}

/** What the parts of a backup hold, each proven as the real agent does. */
const unpack = async ({ ports, scratch }: AgentParts, path: string) => {
  const { store, clock } = ports
  const manifest = await readManifest(ports, path)
  if (!manifest) throw new OperatorError('BackupMissing', `${path} has no manifest`)
  const pieces: Uint8Array[] = []
  for await (const piece of receiveParts(store, clock, path, manifest.parts, undefined, () => undefined))
    pieces.push(piece)
  scratch.copy = JSON.parse(Buffer.concat(pieces).toString())
  return manifest
}

const run = async (parts: AgentParts, task: Task): Promise<string> => {
  const { ports } = parts
  if (task.kind === 'discard') return removed(await discard(ports, task))
  if (task.kind === 'restore') return succeeded(await unpack(parts, task.path))
  if (task.kind !== 'backup') throw new OperatorError('AgentFailed', `${task.kind} is not simulated`)
  const { data, open } = packed(parts)
  return succeeded(await storePacked(ports, task, open, Math.ceil(data.length / PARTS)))
}

/** What src/agent/main.ts does, with a data directory that is none. Resolves with the exit code and the termination message. */
export const runAgent = async (parts: AgentParts, text: string): Promise<{ code: number; said: string }> => {
  try {
    return { code: 0, said: await run(parts, TaskSchema.parse(JSON.parse(text))) }
  } catch (error) {
    const said = error instanceof OperatorError ? error : new OperatorError('AgentFailed', String(error))
    return { code: 1, said: failed(said) }
  }
}
