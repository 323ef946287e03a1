import type { OperationPhase } from '../../crds/mysqloperation.ts'
import type { BackupRef } from './backup.ts'
import type { Diagnosis } from './diagnose.ts'
import type { Loss } from './failover.ts'
import { isInGroup, ownRow } from './group.ts'
import { judgeJoin } from './join.ts'
import { WRITES_FOLLOW } from './judgement.ts'
import type { Move } from './moves.ts'
import type { OperationRef, Procedure } from './procedure.ts'
import type { MemberView, Snapshot } from './snapshot.ts'
import { findRefusal } from './trouble.ts'

/** The next step for a cluster. There is at most one: after it, the cluster is looked at again. */
export type Step =
  | { readonly kind: 'Finalise' }
  | { readonly kind: 'ApplyObjects' }
  | { readonly kind: 'RecordGroup'; readonly incarnation: string; readonly seed: string }
  | { readonly kind: 'Bootstrap'; readonly seed: string; readonly why: string }
  | { readonly kind: 'Join'; readonly pod: string; readonly missing: number }
  /** Nothing to do until something changes; `again` (milliseconds) when a change may come without news. */
  | { readonly kind: 'Wait'; readonly why: string; readonly again?: number }
  | { readonly kind: 'Rest' }
  /** Finds out whether members can be made as declared, before any is touched. */
  | { readonly kind: 'Try'; readonly fields: readonly string[] }
  /** Begins a procedure, or makes sure that the one on record is being carried out. */
  | { readonly kind: 'Run'; readonly procedure: Procedure }
  /** Begins a backup, or makes sure that the one that was begun is being carried out. */
  | { readonly kind: 'BackUp'; readonly backup: BackupRef }
  /** Notes a change of the primary that no procedure tells of. */
  | { readonly kind: 'Note'; readonly move: Move }
  /** Removes MySQLOperations that have ended and were kept long enough. */
  | { readonly kind: 'Forget'; readonly operations: readonly OperationRef[] }
  /** Removes what rebuilds have kept for long on the volume of a member. */
  | { readonly kind: 'Expire'; readonly pod: string; readonly ids: readonly string[] }
  /** Writes the phase of a MySQLOperation that is not carried out now. */
  | {
      readonly kind: 'Tell'
      readonly operation: OperationRef
      readonly phase: OperationPhase
      readonly message: string
      readonly loss?: Loss
    }

/** How long a member that rejoins by itself at start is left to do so, seconds. */
export const SELF_JOIN_SECONDS = 60
const LOOK_AGAIN_MS = 10_000
const TRIAL_AGAIN_MS = 5_000
/** What sees no majority ends within half a minute: whether it may go on is to be seen before. */
const NO_QUORUM_AGAIN_MS = 2_000

export const rejoinsByItself = (member: MemberView): boolean =>
  member.startOnBoot && member.uptimeSeconds < SELF_JOIN_SECONDS && ownRow(member)?.state !== 'ERROR'

const joinStep = (member: MemberView, donor: MemberView): Step => {
  if (rejoinsByItself(member)) return { kind: 'Wait', why: `${member.pod} rejoins by itself`, again: LOOK_AGAIN_MS }
  const verdict = judgeJoin(member, donor)
  switch (verdict.kind) {
    case 'Join':
      return { kind: 'Join', pod: member.pod, missing: verdict.missing }
    case 'Clone':
      return { kind: 'Wait', why: `${member.pod} needs a copy of the data: ${verdict.why}` }
    case 'Diverged':
      return { kind: 'Wait', why: `${member.pod} holds transactions that the group does not: ${verdict.errant}` }
  }
}

/** The first member that can be helped; a member that must wait holds up no other. */
const planServing = (snapshot: Snapshot, state: Diagnosis['state'] & { kind: 'Serving' }): Step => {
  const silent = state.outside.filter((pod) => !snapshot.members.some((member) => member.pod === pod))
  const steps = snapshot.members
    .filter((member) => state.outside.includes(member.pod) && !isInGroup(member))
    .map((member) => joinStep(member, state.view))
  const join = steps.find((step) => step.kind === 'Join')
  if (join) return join
  const wait = steps.find((step) => step.kind === 'Wait')
  if (wait) return wait
  if (state.recovering.length > 0)
    return { kind: 'Wait', why: `${state.recovering.join(', ')}: catching up with the group`, again: LOOK_AGAIN_MS }
  if (silent.length > 0)
    return { kind: 'Wait', why: `${silent.join(', ')}: waiting for mysqld to answer`, again: LOOK_AGAIN_MS }
  if (!state.served) return { kind: 'Wait', why: `waiting until ${WRITES_FOLLOW}`, again: LOOK_AGAIN_MS }
  // That it does not begin is an answer only after a while, of which nobody tells.
  if (snapshot.trial?.kind === 'UnderWay' && !findRefusal(snapshot))
    return { kind: 'Wait', why: 'waiting for the trial of what is declared', again: TRIAL_AGAIN_MS }
  return { kind: 'Rest' }
}

/** Decides the next step. Pure; the activity that takes it checks its gate once more on fresh evidence. */
export const plan = (snapshot: Snapshot, diagnosis: Diagnosis): Step => {
  const { state } = diagnosis
  switch (state.kind) {
    case 'Deleting':
      return { kind: 'Finalise' }
    case 'Refused':
      return { kind: 'Wait', why: state.message, again: 30_000 }
    case 'Absent':
      return snapshot.paused ? { kind: 'Rest' } : { kind: 'ApplyObjects' }
    default:
      if (snapshot.paused) return { kind: 'Rest' }
  }
  switch (state.kind) {
    case 'Unrestored': {
      const subject = diagnosis.members[0]?.name ?? ''
      return { kind: 'Run', procedure: { kind: 'restore', subject, why: 'spec.restoreFrom says what it is made from' } }
    }
    case 'Unrecorded':
      return { kind: 'RecordGroup', incarnation: state.incarnation, seed: state.seed }
    case 'NoQuorum':
      return { kind: 'Wait', why: 'waiting for a majority to return', again: NO_QUORUM_AGAIN_MS }
    case 'NoGroup':
      if (state.verdict.kind === 'Allowed')
        return { kind: 'Bootstrap', seed: state.verdict.seed, why: state.verdict.why }
      return { kind: 'Wait', why: state.verdict.why, again: LOOK_AGAIN_MS }
    case 'Serving':
      return planServing(snapshot, state)
  }
}
