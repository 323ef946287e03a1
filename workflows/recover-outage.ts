import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Makes the group of a cluster anew after all of its members were down, from the one that holds all that any of them holds. */
export function recoverOutage(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const seed = procedure.subject
  return runProcedure(input, async (say) => {
    const make = say(`make the group from ${seed}, if every member answers and it holds all that any of them holds`)
    await acts.bootstrap.executeWithOptions(make, [ref, seed])
    const follow = say(`see that group, write Service and labels follow ${seed}`)
    const { unfinished } = await acts.verifyPrimary.executeWithOptions(follow, [ref, seed])
    const rest = unfinished.length === 0 ? 'it takes the writes' : unfinished.join('; ')
    return { kind: 'Succeeded', message: `The group was made from ${seed}; ${rest}. The others rejoin one by one.` }
  })
}
