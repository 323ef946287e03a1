import type { MemberStatus, Phase } from '../../crds/mysqlcluster-status.ts'
import { hasFormed } from './bootstrap.ts'
import { changeOf, isChanging, whyHeld } from './change.ts'
import type { ClusterState } from './cluster-state.ts'
import { ERRORS } from './errors.ts'
import { findGrowthRefusal } from './growth.ts'
import { judgeJoin } from './join.ts'
import { whyNodeless } from './node-trouble.ts'
import { awaitsPerson, isMended, whyQuarantined } from './rebuild-advice.ts'
import type { Snapshot } from './snapshot.ts'
import { type Finding, findRefusal, findTrouble } from './trouble.ts'

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

type Serving = ClusterState & { readonly kind: 'Serving' }
/** As they are published. */
type Members = readonly MemberStatus[]

const podless = (members: Members): string[] =>
  members.filter(({ state }) => state === 'Missing').map(({ name }) => name)

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

const whyOutside = (snapshot: Snapshot, serving: Serving, { name, state }: MemberStatus): string => {
  const data = awaitsPerson(snapshot, serving, name) ?? isMended(snapshot, serving, name)
  if (data) return data
  const node = whyNodeless(snapshot, serving, name)
  if (node) return node
  const member = snapshot.members.find((candidate) => candidate.pod === name)
  const verdict = member && judgeJoin(member, serving.view)
  if (verdict?.kind === 'Diverged')
    return `${name} holds transactions that the group does not have (${verdict.errant}); a person must decide`
  if (verdict?.kind === 'Clone') return `${name} needs a copy of the data: ${verdict.why}`
  if (state === 'Starting') return `${name} starts`
  if (state === 'Unreachable') return `${name} does not answer`
  return `${name} is not in the group`
}

/** What keeps members from being online. It differs only where the published members do: see CONTRIBUTING, workflow changes. */
const whyNotOnline = (snapshot: Snapshot, state: Serving, members: Members): string[] => {
  const { outside, recovering } = state
  const lost = members.filter(({ state }) => state === 'UNREACHABLE').map(({ name }) => name)
  const missing = podless(members)
  const unnoticed = members
    .filter(
      ({ name, state: is }) => (is === 'OFFLINE' || is === 'ERROR') && ![...outside, ...recovering].includes(name),
    )
    .map(({ name }) => name)
  return [
    ...recovering.filter((pod) => !missing.includes(pod)).map((pod) => `${pod} is recovering`),
    ...members.filter(({ name }) => outside.includes(name)).map((member) => whyOutside(snapshot, state, member)),
    ...state.quarantined.map((member) => whyQuarantined(snapshot, state, member).why),
    ...lost.map((pod) => `the group does not reach ${pod}`),
    ...unnoticed.map((pod) => `${pod} is out of the group, which has not noticed yet`),
    ...missing.map((pod) => `${pod} has no pod; if that lasts, the events of the StatefulSet say why`),
  ]
}

const writesFollow = ({ primary }: Serving): string =>
  primary ? `${primary} begins to take writes, and the write Service to select it` : 'the group has elected a primary'

const whyNotHealthy = (snapshot: Snapshot, state: Serving, members: Members, finding: Finding | undefined): string => {
  const why = whyNotOnline(snapshot, state, members).join(', ')
  const amiss = finding?.message ?? (why && `${why}.`)
  if (state.served) return amiss
  return amiss ? `${amiss} Writes wait until ${writesFollow(state)}.` : `writes wait until ${writesFollow(state)}.`
}

const judgeServing = (snapshot: Snapshot, state: Serving, members: Members): Judgement => {
  const online = state.view.rows.filter((row) => row.state === 'ONLINE').length
  const complete =
    online >= snapshot.size &&
    state.outside.length === 0 &&
    state.recovering.length === 0 &&
    state.quarantined.length === 0
  const blocked = obstacle(snapshot)
  if (blocked) return { phase: 'Blocked', ready: state.served, healthy: false, ...blocked }
  const refusal = findRefusal(snapshot) ?? findGrowthRefusal(snapshot)
  if (refusal)
    return {
      phase: 'Blocked',
      ready: state.served,
      healthy: false,
      reason: refusal.reason,
      message: `${refusal.message} Members were left as they were.`,
    }
  const stuck = snapshot.members.filter(({ lacksSpace }) => lacksSpace).map(({ pod }) => pod)
  const isWhole = complete && state.served && stuck.length === 0
  const change = isWhole ? changeOf(snapshot) : undefined
  if (change) return { phase: 'Changing', ready: true, healthy: false, ...change }
  if (isWhole)
    return {
      phase: 'Healthy',
      ready: true,
      healthy: true,
      reason: 'AllMembersOnline',
      message: `All ${snapshot.size} members are online; ${state.primary} takes the writes.`,
    }
  const finding = findTrouble(snapshot)
  const forming = snapshot.status?.phase === undefined || snapshot.status.phase === 'Creating'
  const waits =
    state.outside.some((pod) => awaitsPerson(snapshot, state, pod)) ||
    state.quarantined.some((member) => whyQuarantined(snapshot, state, member).byPerson)
  const isKept = state.quarantined.length > 0
  const degraded = isKept ? 'MemberQuarantined' : complete ? 'WritesNotServed' : 'MembersMissing'
  const joining = forming ? 'Creating' : isChanging(snapshot, members) && !isKept ? 'Changing' : undefined
  const ordinary = waits ? 'DivergedData' : joining ? 'MembersJoining' : degraded
  const phase = joining ?? 'Degraded'
  return {
    phase: finding?.known ? 'Degraded' : phase,
    ready: state.served && !stuck.includes(state.primary ?? ''),
    healthy: false,
    reason: finding?.known ? finding.reason : ordinary,
    message: `${online} of ${snapshot.size} members are online: ${whyNotHealthy(snapshot, state, members, finding)}${whyHeld(snapshot, state, members)}`,
  }
}

/** Why a restore is tried once more. */
const lastTry = ({ status }: Snapshot): string => {
  const [last] = status?.timeline ?? []
  return last?.what === 'restore' && last.outcome === 'Failed' ? ` The last try failed: ${last.message}` : ''
}

/** Says what the state of a cluster means: phase, readiness, and a sentence on which a person can act. */
export const judge = (snapshot: Snapshot, state: ClusterState, members: Members): Judgement => {
  const not = { ready: false, healthy: false } as const
  switch (state.kind) {
    case 'Deleting':
      return { ...not, phase: 'Deleting', reason: 'Deleting', message: 'The cluster is being deleted.' }
    case 'Refused':
      return { ...not, phase: 'Blocked', reason: state.reason, message: state.message }
    case 'Absent':
      return { ...not, phase: 'Creating', reason: 'Creating', message: 'Creating the objects of the cluster.' }
    case 'Unrestored':
      return {
        ...not,
        phase: 'Restoring',
        reason: 'Restoring',
        message: `The data of the backup are brought to the volume of the first member.${lastTry(snapshot)}`,
      }
    case 'Unrecorded':
      return {
        ...not,
        phase: hasFormed(snapshot) ? 'Offline' : 'Creating',
        reason: 'GroupFound',
        message: `Taking note of the group of ${state.seed}.`,
      }
    case 'NoQuorum':
      return {
        ...not,
        phase: 'NoQuorum',
        reason: 'MajorityLost',
        message: `The members that answer see no majority${state.silent.length > 0 ? `; silent: ${state.silent.join(', ')}` : ''}. Writes wait for them to return.`,
      }
    case 'NoGroup':
      return judgeNoGroup(snapshot, state, members)
    case 'Serving':
      return judgeServing(snapshot, state, members)
  }
}

const judgeNoGroup = (snapshot: Snapshot, state: ClusterState & { kind: 'NoGroup' }, members: Members): Judgement => {
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
      const missing = state.everFormed ? podless(members) : []
      const without = missing.length > 0 ? `; without a pod: ${missing.join(', ')}` : ''
      const detail =
        verdict.kind === 'Allowed'
          ? `the group starts from ${verdict.seed}: ${verdict.why}`
          : `${verdict.why}${without}`
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
