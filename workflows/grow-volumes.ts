import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts } from './proxies.ts'

/** Far more than it takes: what it finds changes with each step. */
const ROUNDS = 6

/** Makes the volumes larger, and then the StatefulSet anew. One that grows for long is not waited for: the next look goes on. */
export function growVolumes(input: ProcedureInput): Promise<Outcome> {
  const { ref } = input
  return runProcedure(input, async (say) => {
    let hasWaited = false
    for (let round = 0; round < ROUNDS; round += 1) {
      const verdict = await acts.considerGrowth.executeWithOptions(say('see how large the volumes are'), [ref])
      switch (verdict.kind) {
        case 'None':
          return { kind: 'Succeeded', message: 'All volumes are as large as declared.' }
        case 'Refused':
          return { kind: 'Failed', message: `Not done: ${verdict.why}.` }
        case 'Wait':
          if (hasWaited) return { kind: 'Succeeded', message: `Not all is done yet: ${verdict.why}.` }
          hasWaited = true
          await acts.watchGrowth.executeWithOptions(say(verdict.why), [ref])
          break
        case 'Ask':
          await acts.enlarge.executeWithOptions(say(`have ${verdict.claims.join(', ')} grow to ${verdict.size}`), [ref])
          break
        case 'TakeOver':
          await acts.takeOverVolumes.executeWithOptions(say('make the StatefulSet anew around its pods'), [ref])
          break
      }
    }
    return { kind: 'Succeeded', message: 'Something else comes first.' }
  })
}
