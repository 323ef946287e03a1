import type { Diagnosis } from './diagnose.ts'
import type { ClusterRef } from './names.ts'
import type { Step } from './plan.ts'
import { describeProcedure } from './procedure.ts'

const LABEL_BYTES = 200

/** Shortens a text to one line of at most 200 bytes, which is what Temporal takes as a label. */
export const label = (text: string): string => {
  const line = text.replace(/\s+/g, ' ')
  const bytes = new TextEncoder().encode(line)
  if (bytes.length <= LABEL_BYTES) return line
  // A character that was cut in half decodes to U+FFFD.
  return `${new TextDecoder().decode(bytes.subarray(0, LABEL_BYTES - 5)).replace(/\uFFFD+$/, '')}…`
}

/** One line that says what a step is for; it labels the activity in the Temporal UI (at most 200 bytes). */
export const describeStep = (step: Step): string => {
  switch (step.kind) {
    case 'Finalise':
      return 'end the cluster: stop its members, keep or remove its data as declared'
    case 'ApplyObjects':
      return 'make the objects as declared'
    case 'RecordGroup':
      return `take note of the group of ${step.seed}`
    case 'Bootstrap':
      return label(`make the group from ${step.seed}: ${step.why}`)
    case 'Join':
      return `bring ${step.pod} into the group`
    case 'Wait':
      return label(step.why)
    case 'Rest':
      return 'nothing to do'
    case 'Try':
      return label(`try in a pod of its own whether members can be made as declared: ${step.fields.join(', ')} changed`)
    case 'Run':
      return label(`${describeProcedure(step.procedure)}: ${step.procedure.why}`)
    case 'BackUp':
      return label(`see to MySQLBackup ${step.backup.name}`)
    case 'Note':
      return `note that ${step.move.to} became the primary in place of ${step.move.from}`
    case 'Forget':
      return label(
        `remove what has ended and was kept long enough: MySQLOperation ${step.operations.map(({ name }) => name).join(', ')}`,
      )
    case 'Expire':
      return label(`remove what was kept long enough on the volume of ${step.pod}: ${step.ids.join(', ')}`)
    case 'Tell':
      return label(`MySQLOperation ${step.operation.name} is ${step.phase}: ${step.message}`)
  }
}

/** The Temporal UI sets columns without a gap; this space is the only one that it does not trim away. */
const GAP = '\u2003'
const row = (...cells: readonly string[]): string => `| ${cells.join(`${GAP} | `)} |`

/** One line that says what is published; it labels the activity, so that the timeline tells what a person saw when. */
export const describeReport = ({ phase, message }: Pick<Diagnosis, 'phase' | 'message'>): string =>
  label(`${phase}: ${message}`)

/** Current Details of a workflow whose cluster is no more. */
export const renderGone = (ref: ClusterRef): string =>
  [
    `### ${ref.namespace}/${ref.name}: gone`,
    '',
    'This MySQLCluster exists no more, and there is nothing left to do. One that is made again has a workflow of its own.',
  ].join('\n')

/** Markdown for the Current Details of the workflow: what the cluster is, what is done about it, and its members. */
export const renderDetails = (
  ref: ClusterRef,
  diagnosis: Diagnosis,
  step: Step,
  failure: string | undefined,
  awaiting?: string,
): string => {
  const rows = diagnosis.members.map(({ name, state, role, version }) => row(name, state, role, version ?? ''))
  return [
    `### ${ref.namespace}/${ref.name}: ${diagnosis.phase}`,
    '',
    diagnosis.message,
    '',
    `**Now:** ${describeStep(step)}`,
    ...(awaiting ? ['', `**Waits for a person:** ${awaiting}`] : []),
    ...(failure ? ['', `**Last failure:** ${failure}`] : []),
    '',
    row('Member', 'State', 'Role', 'Version'),
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}
