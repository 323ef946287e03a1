import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Removes the pod of a member that the group has expelled, as its node would never end it; its StatefulSet makes it anew. */
export function removePod(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject } = procedure
  return runProcedure(input, async (say) => {
    const doing = `remove the pod of ${subject}, if its node is lost and the group has expelled it`
    say(doing)
    const { node } = await acts.removePod.executeWithOptions({ summary: doing }, [ref, subject])
    if (node === undefined) return { kind: 'Succeeded', message: `The pod of ${subject} needs no removal any more.` }
    return {
      kind: 'Succeeded',
      message: `The pod of ${subject} is removed from ${node} by force; it is made anew where its volume can be.`,
    }
  })
}
