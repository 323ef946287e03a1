import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Lets the members that live go on after the majority of the group is proven gone. */
export function restoreQuorum(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject: seed } = procedure
  return runProcedure(input, async (say) => {
    const force = say(`let the members that live go on, by ${seed}, if all others are proven gone`)
    const { living } = await acts.forceQuorum.executeWithOptions(force, [ref, seed])
    return { kind: 'Succeeded', message: `${living.join(', ')} went on; the others rejoin one by one.` }
  })
}
