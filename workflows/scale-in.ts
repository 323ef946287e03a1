import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Far more than it takes: what it finds changes with each step. */
const ROUNDS = 8

/** Takes the last member out of the cluster: it hands over if it is the primary, leaves the group, and its pod goes. */
export function scaleIn(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject } = procedure
  return runProcedure(input, async (say) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const verdict = await acts.considerScale.executeWithOptions(say(`see whether ${subject} may go`), [ref])
      if (verdict.kind === 'Wait') return { kind: 'Failed', message: `Not done: ${verdict.why}.` }
      if (verdict.kind === 'None' || verdict.pod !== subject) break
      switch (verdict.kind) {
        case 'Grow':
          break
        case 'HandOver': {
          const { to } = verdict
          await acts.handOver.executeWithOptions(say(`hand the primary role from ${subject} to ${to}`), [ref, to])
          await acts.verifyPrimary.executeWithOptions(say(`see that everything follows ${to}`), [ref, to])
          break
        }
        case 'Leave':
          await acts.dismiss.executeWithOptions(say(`take ${subject} out of the group`), [ref, subject])
          break
        case 'Shrink': {
          const { size, keep } = verdict
          const shrink = say(`go from ${size + 1} to ${size} members`)
          await acts.resize.executeWithOptions(shrink, [ref, subject, size])
          const ending = say(`wait until the pod of ${subject} has ended`)
          const { volume } = await acts.dispose.executeWithOptions(ending, [ref, subject, keep === undefined])
          const why = keep && volume === 'kept' ? `, as ${keep}` : ''
          return {
            kind: 'Succeeded',
            message: `The cluster has ${size} members; the volume of ${subject} is ${volume}${why}.`,
          }
        }
      }
    }
    return { kind: 'Succeeded', message: `${subject} is not to go any more.` }
  })
}
