import type { MemberStatus, Phase } from '../../crds/mysqlcluster-status.ts'
import { type BootstrapVerdict, hasFormed, judgeBootstrap } from './bootstrap.ts'
import { ERRORS } from './errors.ts'
import { authoritativeView, isInGroup, isOnline, ownRow, parseViewId, primaryIn, seesMajority } from './group.ts'
import { judgeJoin } from './join.ts'
import type { MemberView, PodView, Snapshot } from './snapshot.ts'

/** The state of a cluster, with the evidence that the plan needs. The predicates are those of docs/states.md. */
export type ClusterState =
  | { readonly kind: 'Deleting' }
  | { readonly kind: 'Refused'; readonly reason: string; readonly message: string }
  | { readonly kind: 'Absent' }
  /** No member is in a group. */
  | { readonly kind: 'NoGroup'; readonly verdict: BootstrapVerdict; readonly everFormed: boolean }
  /** Members are in a group that is not on record. */
  | { readonly kind: 'Unrecorded'; readonly incarnation: string; readonly seed: string }
  /** Members are in the group, but none of them sees a majority. */
  | { readonly kind: 'NoQuorum'; readonly silent: readonly string[] }
  | {
      readonly kind: 'Serving'
      readonly view: MemberView
      readonly primary?: string
      readonly outside: readonly string[]
      readonly recovering: readonly string[]
    }

export interface Diagnosis {
  readonly state: ClusterState
  readonly phase: Phase
  /** The primary of the view to believe. */
  readonly primary?: string
  /** Writes are served through the write Service. */
  readonly ready: boolean
  /** All is as declared. */
  readonly healthy: boolean
  readonly reason: string
  readonly message: string
  readonly members: readonly MemberStatus[]
}

const unrecorded = (snapshot: Snapshot): ClusterState | undefined => {
  const leader = snapshot.members.find((member) => isOnline(member) && seesMajority(member) && primaryIn(member.rows))
  const incarnation = leader && parseViewId(leader.viewId)?.incarnation
  const seed = leader && primaryIn(leader.rows)?.pod
  if (!incarnation || !seed || incarnation === snapshot.group?.incarnation) return undefined
  return { kind: 'Unrecorded', incarnation, seed }
}

const serving = (snapshot: Snapshot, view: MemberView): ClusterState => {
  const primary = primaryIn(view.rows)?.pod
  const inView = new Set(
    view.rows.filter((row) => row.state !== 'ERROR' && row.state !== 'OFFLINE').map((row) => row.pod),
  )
  return {
    kind: 'Serving',
    view,
    ...(primary ? { primary } : {}),
    outside: snapshot.pods.filter((pod) => !inView.has(pod.name)).map((pod) => pod.name),
    recovering: view.rows.filter((row) => row.state === 'RECOVERING').map((row) => row.pod),
  }
}

const stateOf = (snapshot: Snapshot): ClusterState => {
  if (snapshot.deleting) return { kind: 'Deleting' }
  // Members that live are looked after whatever is wrong with the declaration.
  if (snapshot.objects.kind === 'Refused' && snapshot.objects.replicas === 0)
    return { kind: 'Refused', reason: snapshot.objects.reason, message: snapshot.objects.message }
  if (snapshot.objects.kind === 'Absent') return { kind: 'Absent' }
  const view = authoritativeView(snapshot.members, snapshot.group?.incarnation ?? '')
  if (view) return serving(snapshot, view)
  const foreign = unrecorded(snapshot)
  if (foreign) return foreign
  if (snapshot.members.some(isInGroup)) {
    const answering = new Set(snapshot.members.map((member) => member.pod))
    return { kind: 'NoQuorum', silent: snapshot.pods.map((pod) => pod.name).filter((pod) => !answering.has(pod)) }
  }
  return {
    kind: 'NoGroup',
    verdict: judgeBootstrap(snapshot),
    everFormed: hasFormed(snapshot),
  }
}

const memberStatus = (snapshot: Snapshot, pod: PodView, view: MemberView | undefined): MemberStatus => {
  const seen = view?.rows.find((row) => row.pod === pod.name)
  const own = snapshot.members.find((member) => member.pod === pod.name)
  const row = seen ?? (own && ownRow(own))
  const version = own?.version ?? seen?.version
  const state = row?.state ?? (own ? 'OFFLINE' : pod.ready ? 'Unreachable' : 'Starting')
  const role = row?.state !== 'ONLINE' ? 'none' : row.role === 'PRIMARY' ? 'primary' : 'replica'
  return { name: pod.name, state, role, ...(version ? { version } : {}) }
}

/** The members that are asked for but have no pod yet. */
const missingMembers = (snapshot: Snapshot, cluster: string): MemberStatus[] =>
  Array.from({ length: snapshot.size }, (_, ordinal) => `${cluster}-${ordinal}`)
    .filter((name) => !snapshot.pods.some((pod) => pod.name === name))
    .map((name) => ({ name, state: 'Missing', role: 'none' }))

const trouble = (snapshot: Snapshot): string | undefined => {
  const pod = snapshot.pods.find((candidate) => candidate.trouble)
  return pod && `${pod.name}: ${pod.trouble?.replace(/\.+$/, '')}`
}

type Judgement = Pick<Diagnosis, 'phase' | 'ready' | 'healthy' | 'reason' | 'message'>

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
  const routed = state.primary !== undefined && snapshot.writes === state.primary
  const complete = online >= snapshot.size && state.outside.length === 0 && state.recovering.length === 0
  const waiting = [
    ...state.recovering.map((pod) => `${pod} is recovering`),
    ...state.outside.map((pod) => whyOutside(snapshot, pod, state.view)),
  ].join(', ')
  const blocked = obstacle(snapshot)
  if (blocked) return { phase: 'Blocked', ready: routed, healthy: false, ...blocked }
  if (complete && routed)
    return {
      phase: 'Healthy',
      ready: true,
      healthy: true,
      reason: 'AllMembersOnline',
      message: `All ${snapshot.size} members are online; ${state.primary} takes the writes.`,
    }
  const forming = snapshot.status?.phase === undefined || snapshot.status.phase === 'Creating'
  const detail = trouble(snapshot) ?? (waiting || 'the write Service follows the primary')
  return {
    phase: forming ? 'Creating' : 'Degraded',
    ready: routed,
    healthy: false,
    reason: forming ? 'MembersJoining' : 'MembersMissing',
    message: `${online} of ${snapshot.size} members are online: ${detail}.`,
  }
}

const judge = (snapshot: Snapshot, state: ClusterState): Judgement => {
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
      const phase = state.everFormed ? 'Offline' : 'Creating'
      const detail = verdict.kind === 'Allowed' ? `the group starts from ${verdict.seed}: ${verdict.why}` : verdict.why
      return {
        ...not,
        phase,
        reason: state.everFormed ? 'AllMembersDown' : 'MembersStarting',
        message: `No member is in a group: ${trouble(snapshot) ?? detail}.`,
      }
    }
  }
}

/** Judges a snapshot. Pure: the same snapshot always gives the same diagnosis. */
export const diagnose = (snapshot: Snapshot, cluster: string): Diagnosis => {
  const state = stateOf(snapshot)
  const view = state.kind === 'Serving' ? state.view : undefined
  const primary = state.kind === 'Serving' ? state.primary : undefined
  const members = [
    ...snapshot.pods.map((pod) => memberStatus(snapshot, pod, view)),
    ...(state.kind === 'Deleting' ? [] : missingMembers(snapshot, cluster)),
  ]
  return { state, ...judge(snapshot, state), ...(primary ? { primary } : {}), members }
}
