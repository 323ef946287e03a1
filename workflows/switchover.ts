import { ActivityFailure, isCancellation } from '@temporalio/workflow'
import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Makes a replica the primary and sees that all has followed; when it has not, the old primary takes over again. */
export function switchover(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const to = procedure.subject
  return runProcedure(input, async (say) => {
    const { from } = await acts.handOver.executeWithOptions(say(`hand the primary role to ${to}`), [ref, to])
    const follow = say(`see that group, write Service and labels follow ${to}`)
    const { unfinished } = await acts.verifyPrimary.executeWithOptions(follow, [ref, to])
    // A hand-over that was done by a try which then died does not tell who was primary before.
    const before = from === to ? '' : `; before, ${from} was`
    if (unfinished.length === 0) return { kind: 'Succeeded', message: `${to} is the primary now${before}.` }
    const reason = unfinished.join('; ')
    if (from === to) return { kind: 'Failed', message: `${to} is not fully the primary: ${reason}.` }
    try {
      await acts.handOver.executeWithOptions(say(`undo it, as ${reason}: hand the role back to ${from}`), [ref, from])
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
      const why = error.cause?.message ?? error.message
      return { kind: 'Failed', message: `${to} is not fully the primary: ${reason}. It could not be undone: ${why}.` }
    }
    return { kind: 'Failed', message: `Undone, ${from} is the primary again: ${reason}.` }
  })
}
