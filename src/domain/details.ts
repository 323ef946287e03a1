import type { Diagnosis } from './diagnose.ts'
import type { ClusterRef } from './names.ts'
import type { Step } from './plan.ts'

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
      return `make the group from ${step.seed}: ${step.why}`.slice(0, 200)
    case 'Join':
      return `bring ${step.pod} into the group`
    case 'Wait':
      return step.why.slice(0, 200)
    case 'Rest':
      return 'nothing to do'
  }
}

/** Markdown for the Current Details of the workflow: what the cluster is, what is done about it, and its members. */
export const renderDetails = (
  ref: ClusterRef,
  diagnosis: Diagnosis,
  step: Step,
  failure: string | undefined,
): string => {
  const rows = diagnosis.members.map(
    ({ name, state, role, version }) => `| ${name} | ${state} | ${role} | ${version ?? ''} |`,
  )
  return [
    `### ${ref.namespace}/${ref.name}: ${diagnosis.phase}`,
    '',
    diagnosis.message,
    '',
    `**Now:** ${describeStep(step)}`,
    ...(failure ? ['', `**Last failure:** ${failure}`] : []),
    '',
    '| Member | State | Role | Version |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n')
}
