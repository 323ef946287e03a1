import type { Outcome } from '../src/domain/procedure.ts'
import { type ProcedureInput, runProcedure } from './procedure.ts'
import { making, watching } from './proxies.ts'

/** Brings a backup to the volume of the first member, before there is a member. */
export function restore(input: ProcedureInput): Promise<Outcome> {
  const { ref, procedure } = input
  const { subject } = procedure
  return runProcedure(input, async (say) => {
    const bring = `bring the backup to the volume of ${subject}`
    say(bring)
    const first = { summary: `make the volume of ${subject}, and the Job that fills it` }
    let outcome = await making.beginRestore.executeWithOptions(first, [ref])
    if (outcome.kind === 'Begun') outcome = await watching.watchRestore.executeWithOptions({ summary: bring }, [ref])
    if (outcome.kind === 'Over') return { kind: 'Succeeded', message: 'There was nothing to do any more.' }
    await making.endRestore.executeWithOptions({ summary: `note how it ended: ${outcome.kind}` }, [ref, outcome])
    if (outcome.kind === 'Done')
      return {
        kind: 'Succeeded',
        message: `${subject} has ${outcome.bytes} bytes of data of MySQL ${outcome.version}; the other members copy it.`,
      }
    return { kind: 'Failed', message: outcome.kind === 'Failed' ? `${outcome.code}: ${outcome.message}` : '' }
  })
}
