import * as z from 'zod'
import { sleep } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import { formatGtidSet, type GtidSet, parseGtidSet } from '../domain/gtid.ts'
import type { ArchiveState } from './archiver.ts'
import type { AgentPorts } from './backup.ts'
import { patiently } from './parts.ts'

/** Beside the segments, and none of them: where nothing is written to a cluster, they alone cannot tell how far they reach. */
const REACH = 'reach.json'
const EVERY_MS = 15_000

const ReachSchema = z.object({ v: z.literal(1), through: z.iso.datetime(), known: z.string() })

/** How far an archive was known to reach. */
export interface Reach {
  /** All that was committed by then is in it: epoch milliseconds, by the clock of the pod that archives. */
  readonly through: number
  /** What was archived or skipped when that was written. */
  readonly known: GtidSet
}

/** Reads how far an archive reaches; undefined where that is not said. */
export const readReach = async ({ store, clock }: AgentPorts, path: string): Promise<Reach | undefined> => {
  const body = await patiently(clock, () => store.get(`${path}/${REACH}`))
  if (!body) return undefined
  try {
    const { through, known } = ReachSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')))
    return { through: Date.parse(through), known: parseGtidSet(known) }
  } catch {
    return undefined
  }
}

/** Writes down how far an archive reaches, every 15 s while it gets on, until `stop`. What a store refuses is written the next time. */
export const keepReach = async (
  { store, clock, say }: AgentPorts,
  path: string,
  state: ArchiveState,
  stop: AbortSignal,
): Promise<void> => {
  let written: number | undefined
  for (;;) {
    await sleep(clock, EVERY_MS, stop)
    if (stop.aborted) return
    const { through } = state
    if (through === undefined || through === written) continue
    const known = formatGtidSet(state.known)
    const said = ReachSchema.parse({ v: 1, through: new Date(through).toISOString(), known })
    try {
      await store.put(`${path}/${REACH}`, Buffer.from(JSON.stringify(said)))
      written = through
    } catch (error) {
      say('how far it reaches is not written', { why: error instanceof OperatorError ? error.detail : String(error) })
    }
  }
}
