import type { MemberStatus } from '../../crds/mysqlcluster-status.ts'
import { type ClusterState, stateOf } from './cluster-state.ts'
import { ownRow } from './group.ts'
import { type Judgement, judge } from './judgement.ts'
import type { GroupRow, MemberView, PodView, Snapshot } from './snapshot.ts'

export type { ClusterState } from './cluster-state.ts'

/** The state of a cluster, and what it means. */
export interface Diagnosis extends Judgement {
  readonly state: ClusterState
  /** The primary of the view to believe. */
  readonly primary?: string
  readonly members: readonly MemberStatus[]
}

/**
 * What is to be believed of a member: the group's word, but for what the member knows better. Who was expelled while it was stopped
 * still takes itself for ONLINE; of who has started anew the group believes so, until it has expelled what was before.
 */
const believed = (
  view: MemberView | undefined,
  seen: GroupRow | undefined,
  own: GroupRow | undefined,
): GroupRow | undefined => {
  if (!view) return own
  const isOut = own !== undefined && (own.state === 'OFFLINE' || own.state === 'ERROR')
  if (seen) return isOut ? own : seen
  return own?.state === 'ONLINE' ? undefined : own
}

const memberStatus = (snapshot: Snapshot, pod: PodView, cluster: ClusterState): MemberStatus => {
  const { view, quarantined } = cluster.kind === 'Serving' ? cluster : { view: undefined, quarantined: [] }
  const seen = view?.rows.find((row) => row.pod === pod.name)
  const own = snapshot.members.find((member) => member.pod === pod.name)
  const row = believed(view, seen, own && ownRow(own))
  const version = own?.version ?? seen?.version
  const state = row?.state ?? (own ? 'OFFLINE' : pod.ready ? 'Unreachable' : 'Starting')
  const readable = quarantined.some((member) => member.pod === pod.name) ? 'none' : 'replica'
  const role = row?.state !== 'ONLINE' ? 'none' : row.role === 'PRIMARY' ? 'primary' : readable
  return { name: pod.name, state, role, ...(version ? { version } : {}) }
}

/** The members that are asked for but have no pod yet. */
const missingMembers = (snapshot: Snapshot, cluster: string): MemberStatus[] =>
  Array.from({ length: snapshot.size }, (_, ordinal) => `${cluster}-${ordinal}`)
    .filter((name) => !snapshot.pods.some((pod) => pod.name === name))
    .map((name) => ({ name, state: 'Missing', role: 'none' }))

/** Judges a snapshot. Pure: the same snapshot always gives the same diagnosis. */
export const diagnose = (snapshot: Snapshot, cluster: string): Diagnosis => {
  const state = stateOf(snapshot)
  const primary = state.kind === 'Serving' ? state.primary : undefined
  const members = [
    ...snapshot.pods.map((pod) => memberStatus(snapshot, pod, state)),
    ...(state.kind === 'Deleting' ? [] : missingMembers(snapshot, cluster)),
  ]
  return { state, ...judge(snapshot, state, members), ...(primary ? { primary } : {}), members }
}
