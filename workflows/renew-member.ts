import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Far more than it takes: what it finds changes with each step. */
const ROUNDS = 6

/** Makes the pod of one member anew, as it is declared now; a primary hands over before. It rejoins by itself. */
export function renewMember(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject } = procedure
  return runProcedure(input, async (say) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const verdict = await acts.considerRoll.executeWithOptions(say(`see whether ${subject} may be renewed`), [ref])
      if (verdict.kind === 'Wait') return { kind: 'Failed', message: `Not done: ${verdict.why}.` }
      if (verdict.kind === 'None' || verdict.kind === 'Try' || verdict.pod !== subject) break
      switch (verdict.kind) {
        case 'Release':
          await acts.release.executeWithOptions(say(`take over ${verdict.fields.join(', ')}`), [ref])
          break
        case 'HandOver': {
          const { to } = verdict
          await acts.handOver.executeWithOptions(say(`hand the primary role from ${subject} to ${to}`), [ref, to])
          await acts.verifyPrimary.executeWithOptions(say(`see that everything follows ${to}`), [ref, to])
          break
        }
        case 'Replace':
          await acts.renew.executeWithOptions(say(`remove the pod of ${subject}, which is made again`), [
            ref,
            subject,
            verdict.uid,
          ])
          return { kind: 'Succeeded', message: `${subject} is made again as declared; it rejoins next.` }
      }
    }
    return { kind: 'Succeeded', message: `${subject} is as declared, or something else comes first.` }
  })
}
