import type { Diagnosis } from './diagnose.ts'
import { describeLoss, isAccepted, isNoLarger, judgeFailover, type Loss } from './failover.ts'
import type { Step } from './plan.ts'
import { judgeRebuild } from './rebuild.ts'
import type { OperationView, Snapshot } from './snapshot.ts'
import { judgeSwitchover } from './switchover.ts'

type Asked = Pick<OperationView, 'request' | 'pod' | 'acceptLoss' | 'approved' | 'shown' | 'generation'>

/** What a request means for a cluster as it is now. */
type Answer =
  | { readonly kind: 'Refuse'; readonly why: string }
  | { readonly kind: 'Done'; readonly message: string }
  | { readonly kind: 'Run'; readonly subject: string }
  /** Only a person may let it happen. */
  | { readonly kind: 'Ask'; readonly why: string; readonly loss?: Loss }
  | { readonly kind: 'Later'; readonly why: string }

const answer = (snapshot: Snapshot, { state }: Diagnosis, asked: Asked): Answer => {
  switch (asked.request) {
    case 'switchover': {
      const verdict = judgeSwitchover(snapshot, state, asked.pod)
      if (verdict.kind === 'Refused') return { kind: 'Refuse', why: verdict.why }
      if (verdict.kind === 'Done') return { kind: 'Done', message: `${verdict.primary} is the primary already.` }
      return { kind: 'Run', subject: verdict.to }
    }
    case 'rebuild': {
      const pod = asked.pod ?? ''
      const verdict = judgeRebuild(snapshot, state, pod, asked.approved ? { approved: true } : {})
      if (verdict.kind === 'Refused') return { kind: 'Refuse', why: verdict.why }
      if (verdict.kind === 'Approval') return { kind: 'Ask', why: verdict.why }
      return { kind: 'Run', subject: pod }
    }
    case 'failover': {
      const verdict = judgeFailover(snapshot, state, asked.pod ?? asked.shown?.seed)
      if (verdict.kind === 'Refused') return { kind: 'Refuse', why: verdict.why }
      if (verdict.kind === 'Later') return verdict
      const { loss } = verdict
      if (isAccepted(loss, asked)) return { kind: 'Run', subject: loss.seed }
      return { kind: 'Ask', why: describeLoss(loss), loss }
    }
  }
}

/** Why a request cannot be carried out as things are; undefined when it can, or is no longer needed. */
export const refusalOf = (snapshot: Snapshot, diagnosis: Diagnosis, asked: Asked): string | undefined => {
  if (snapshot.paused) return 'the cluster is paused (spec.paused)'
  const given = answer(snapshot, diagnosis, asked)
  return given.kind === 'Refuse' ? given.why : undefined
}

const tell = (
  { name, uid, ...before }: OperationView,
  phase: NonNullable<OperationView['phase']>,
  message: string,
): Step | undefined =>
  before.phase === phase && before.message === message
    ? undefined
    : { kind: 'Tell', operation: { name, uid }, phase, message }

const patch = (name: string, approved: boolean): string =>
  `kubectl patch mysqloperation ${name} --type=merge -p '{"spec":{"approved":${approved}}}'`

/** What a person types to let an operation happen, or to refuse it. */
const howToDecide = (name: string): string => `To go on: ${patch(name, true)}. To refuse: ${patch(name, false)}.`

/** Asks a person. What is shown already is not shown again. */
const ask = (asked: OperationView, why: string, loss: Loss | undefined): Step | undefined => {
  const { name, uid, shown, phase, approved, generation = 0 } = asked
  if (approved === true && loss) {
    const early = `It was approved before this was shown, and spec.approved cannot be changed: ${why}. Make another MySQLOperation`
    // What was approved holds again once who is silent at the moment has answered.
    return shown && generation > shown.generation
      ? tell(asked, 'AwaitingApproval', `${early}, and delete this one.`)
      : { kind: 'Tell', operation: { name, uid }, phase: 'Failed', message: `${early}.`, loss }
  }
  const message = `${why}. ${howToDecide(name)}`
  if (!loss) return tell(asked, 'AwaitingApproval', message)
  const isShown = phase === 'AwaitingApproval' && shown && isNoLarger(loss, shown)
  return isShown ? undefined : { kind: 'Tell', operation: { name, uid }, phase: 'AwaitingApproval', message, loss }
}

/** What is to be done about one MySQLOperation; undefined when it waits, and says so already. */
const planOperation = (snapshot: Snapshot, diagnosis: Diagnosis, asked: OperationView): Step | undefined => {
  if (asked.refused) return tell(asked, 'Failed', `Refused: ${asked.refused}.`)
  if (asked.approved === false) return tell(asked, 'Failed', 'Refused by a person (spec.approved: false).')
  if (snapshot.paused)
    return tell(asked, 'Pending', 'The cluster is paused (spec.paused): it is carried out afterwards.')
  const given = answer(snapshot, diagnosis, asked)
  if (given.kind === 'Refuse') return tell(asked, 'Failed', `Refused: ${given.why}.`)
  if (given.kind === 'Done') return tell(asked, 'Succeeded', given.message)
  if (given.kind === 'Later') return tell(asked, 'Pending', `Not yet: ${given.why}.`)
  if (given.kind === 'Ask') return ask(asked, given.why, given.loss)
  const { name, uid, request } = asked
  const why = `MySQLOperation ${name} asks for it`
  return { kind: 'Run', procedure: { kind: request, subject: given.subject, why, operation: { name, uid } } }
}

/** What waits for a person: the names of its requests, and what they say. Empty when nothing does. */
export const awaitingOf = ({ operations = [] }: Snapshot): { readonly awaiting?: string } => {
  const waiting = operations.filter(({ phase }) => phase === 'AwaitingApproval')
  const awaiting = waiting.map(({ name, message }) => `MySQLOperation ${name}: ${message ?? ''}`).join(' ')
  return awaiting === '' ? {} : { awaiting: awaiting.slice(0, 4096) }
}

/** The step that a MySQLOperation asks for next, oldest first; one that waits holds up no other. */
export const planOperations = (snapshot: Snapshot, diagnosis: Diagnosis): Step | undefined => {
  for (const asked of snapshot.operations ?? []) {
    const step = planOperation(snapshot, diagnosis, asked)
    if (step) return step
  }
  return undefined
}
