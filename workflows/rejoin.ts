import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Brings a member that is outside back into the group: the group still has all that it lacks. */
export function rejoin(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject } = procedure
  return runProcedure(input, async (say) => {
    const { state } = await acts.join.executeWithOptions(say(`start Group Replication on ${subject}`), [ref, subject])
    return { kind: 'Succeeded', message: `${subject} is ${state} in the group.` }
  })
}
