import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { acts, copying } from './proxies.ts'

/** Far more than it takes: what it finds changes with each step. */
const ROUNDS = 8

/** Replaces the data of a member by a copy of another one's. What the member alone holds is kept beside its data. */
export function rebuild(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject, operation } = procedure
  return runProcedure(input, async (say) => {
    let kept = ''
    let donor = ''
    let copied = false
    for (let round = 0; round < ROUNDS; round += 1) {
      const what = { pod: subject, ...(operation ? { operation } : {}), ...(copied ? { copied } : {}) }
      const verdict = await acts.considerRebuild.executeWithOptions(
        { summary: `see what ${subject} and the others hold` },
        [ref, what],
      )
      switch (verdict.kind) {
        case 'Refused':
        case 'Approval':
          return { kind: 'Failed', message: `Not done: ${verdict.why}.` }
        case 'Leave':
          await acts.leaveGroup.executeWithOptions(say(`take ${subject} out of the group`), [ref, what])
          break
        case 'Archive': {
          const doing = say(`archive the logs of ${subject}, which alone holds ${verdict.errant}`)
          const { id = verdict.id } = await copying.archiveLogs.executeWithOptions(doing, [ref, what])
          kept = ` What it alone held is kept on its volume, in archive/${id}: ${verdict.errant}.`
          break
        }
        case 'MoveAside':
          await copying.moveAside.executeWithOptions(say(`set the data of ${subject} aside`), [ref, what])
          kept = ' Its old data are kept on its volume, as data.damaged-….'
          break
        case 'Copy': {
          const doing = say(`copy the data of ${verdict.donor} to ${subject}`)
          donor = (await copying.copyData.executeWithOptions(doing, [ref, what])).donor ?? verdict.donor
          copied = true
          break
        }
        case 'Join': {
          const doing = say(`start Group Replication on ${subject}`)
          const { state } = await acts.join.executeWithOptions(doing, [ref, subject])
          const made = copied ? `a copy of ${donor} and ` : ''
          return { kind: 'Succeeded', message: `${subject} is ${made}${state} in the group.${kept}` }
        }
      }
    }
    return { kind: 'Failed', message: `${subject} is not rebuilt after ${ROUNDS} steps; see its workflow.` }
  })
}
