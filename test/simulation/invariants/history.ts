import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const BOUNDED = 'histories are bounded'
const REPLAYS = 'a workflow says the same when it lives its history again'
/** A pass that was begun is ended before a workflow continues as new, and signals go on meanwhile. The server's own limit is 51 200. */
const MARGIN = 1_000

export const historyIsBounded = ({ temporal, scenario, violate }: SimWorld): Invariant => ({
  async atEnd() {
    for (const run of temporal.runs) {
      const { runId } = run.options
      if (run.length > scenario.longHistory + MARGIN) violate(BOUNDED, `${runId} has ${run.length} events`)
      try {
        await run.replay()
      } catch (error) {
        violate(REPLAYS, `${runId}: ${error instanceof Error ? error.message : error}`)
      }
    }
  },
})
