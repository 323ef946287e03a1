import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Makes the group from a member where others may hold more, as a person has accepted. */
export function failover(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject: seed, operation } = procedure
  return runProcedure(input, async (say) => {
    if (!operation) return { kind: 'Failed', message: 'Nobody asked for it.' }
    const make = say(
      `make the group from ${seed}, if no more may be lost than MySQLOperation ${operation.name} accepts`,
    )
    await acts.bootstrap.executeWithOptions(make, [ref, seed, operation])
    const follow = say(`see that group, write Service and labels follow ${seed}`)
    const { unfinished } = await acts.verifyPrimary.executeWithOptions(follow, [ref, seed])
    const rest = unfinished.length === 0 ? 'it takes the writes' : unfinished.join('; ')
    return {
      kind: 'Succeeded',
      message: `The group was made from ${seed}; ${rest}. Members that hold more stay outside.`,
    }
  })
}
