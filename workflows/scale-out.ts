import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Adds one member. It joins like any other that is outside: by the group's logs, or by a copy. */
export function scaleOut(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject } = procedure
  return runProcedure(input, async (say) => {
    const verdict = await acts.considerScale.executeWithOptions(say('see whether a member may be added'), [ref])
    if (verdict.kind === 'Wait') return { kind: 'Failed', message: `Not done: ${verdict.why}.` }
    if (verdict.kind !== 'Grow' || verdict.pod !== subject)
      return { kind: 'Succeeded', message: `Nothing was to be done any more about ${subject}.` }
    const grow = say(`go from ${verdict.size - 1} to ${verdict.size} members`)
    await acts.resize.executeWithOptions(grow, [ref, subject, verdict.size])
    return { kind: 'Succeeded', message: `The cluster has ${verdict.size} members; ${subject} joins next.` }
  })
}
