import type { Phase } from '../../crds/mysqlcluster-status.ts'
import type { ClusterState } from './cluster-state.ts'
import { ERRORS } from './errors.ts'
import { judgeJoin } from './join.ts'
import type { MemberView, Snapshot } from './snapshot.ts'
import { findTrouble } from './trouble.ts'

/** What a state means to a person. */
export interface Judgement {
  readonly phase: Phase
  /** Writes are served through the write Service. */
  readonly ready: boolean
  /** All is as declared. */
  readonly healthy: boolean
  readonly reason: string
  readonly message: string
}

/** What stands between the declaration and the cluster, when something does. */
const obstacle = ({ objects }: Snapshot): Pick<Judgement, 'reason' | 'message'> | undefined => {
  switch (objects.kind) {
    case 'ChangeUnsupported':
      return {
        reason: 'NotSupportedYet',
        message: `${objects.fields.join(', ')}: ${ERRORS.NotSupportedYet.meaning} ${ERRORS.NotSupportedYet.remedy}`,
      }
    case 'Refused':
      return { reason: objects.reason, message: objects.message }
    default:
      return undefined
  }
}

/** What is waited for when all members are online and writes are not served yet. */
export const WRITES_FOLLOW = 'the primary begins to take writes, and the write Service to select it'

const whyOutside = (snapshot: Snapshot, pod: string, donor: MemberView): string => {
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  const verdict = member && judgeJoin(member, donor)
  switch (verdict?.kind) {
    case 'Diverged':
      return `${pod} holds transactions that the group does not have (${verdict.errant}); a person must decide`
    case 'Clone':
      return `${pod} needs a copy of the data: ${verdict.why}`
    default:
      return `${pod} is not in the group`
  }
}

const judgeServing = (snapshot: Snapshot, state: ClusterState & { kind: 'Serving' }): Judgement => {
  const online = state.view.rows.filter((row) => row.state === 'ONLINE').length
  const complete = online >= snapshot.size && state.outside.length === 0 && state.recovering.length === 0
  const waiting = [
    ...state.recovering.map((pod) => `${pod} is recovering`),
    ...state.outside.map((pod) => whyOutside(snapshot, pod, state.view)),
  ].join(', ')
  const blocked = obstacle(snapshot)
  if (blocked) return { phase: 'Blocked', ready: state.served, healthy: false, ...blocked }
  if (complete && state.served)
    return {
      phase: 'Healthy',
      ready: true,
      healthy: true,
      reason: 'AllMembersOnline',
      message: `All ${snapshot.size} members are online; ${state.primary} takes the writes.`,
    }
  const finding = findTrouble(snapshot)
  const forming = snapshot.status?.phase === undefined || snapshot.status.phase === 'Creating'
  const ordinary = forming ? 'MembersJoining' : 'MembersMissing'
  return {
    phase: forming && !finding?.known ? 'Creating' : 'Degraded',
    ready: state.served,
    healthy: false,
    reason: finding?.known ? finding.reason : ordinary,
    message: `${online} of ${snapshot.size} members are online: ${finding?.message ?? `${waiting || WRITES_FOLLOW}.`}`,
  }
}

/** Says what the state of a cluster means: phase, readiness, and a sentence on which a person can act. */
export const judge = (snapshot: Snapshot, state: ClusterState): Judgement => {
  const not = { ready: false, healthy: false } as const
  switch (state.kind) {
    case 'Deleting':
      return { ...not, phase: 'Deleting', reason: 'Deleting', message: 'The cluster is being deleted.' }
    case 'Refused':
      return { ...not, phase: 'Blocked', reason: state.reason, message: state.message }
    case 'Absent':
      return { ...not, phase: 'Creating', reason: 'Creating', message: 'Creating the objects of the cluster.' }
    case 'Unrecorded':
      return { ...not, phase: 'Creating', reason: 'GroupFound', message: `Taking note of the group of ${state.seed}.` }
    case 'NoQuorum':
      return {
        ...not,
        phase: 'NoQuorum',
        reason: 'MajorityLost',
        message: `The members that answer see no majority${state.silent.length > 0 ? `; silent: ${state.silent.join(', ')}` : ''}. Writes wait for them to return.`,
      }
    case 'NoGroup':
      return judgeNoGroup(snapshot, state)
    case 'Serving':
      return judgeServing(snapshot, state)
  }
}

const judgeNoGroup = (snapshot: Snapshot, state: ClusterState & { kind: 'NoGroup' }): Judgement => {
  const not = { ready: false, healthy: false } as const
  const { verdict } = state
  switch (verdict.kind) {
    case 'Diverged':
      return {
        ...not,
        phase: 'Diverged',
        reason: 'DivergedData',
        message: `No member holds all transactions: ${verdict.why}. A person must decide.`,
      }
    case 'UnknownData':
      return { ...not, phase: 'Blocked', reason: 'RetainedVolumes', message: `${verdict.why}.` }
    default: {
      const blocked = obstacle(snapshot)
      if (blocked) return { ...not, phase: 'Blocked', ...blocked }
      const finding = findTrouble(snapshot)
      // A first group is made from any member that answers; what another one lacks is told once it is made.
      if (finding && !state.everFormed && verdict.kind !== 'Allowed')
        return { ...not, phase: 'Blocked', reason: finding.reason, message: finding.message }
      const detail = verdict.kind === 'Allowed' ? `the group starts from ${verdict.seed}: ${verdict.why}` : verdict.why
      const ordinary = state.everFormed ? 'AllMembersDown' : 'MembersStarting'
      return {
        ...not,
        phase: state.everFormed ? 'Offline' : 'Creating',
        reason: state.everFormed && finding?.known ? finding.reason : ordinary,
        message: `No member is in a group: ${finding?.message ?? `${detail}.`}`,
      }
    }
  }
}
