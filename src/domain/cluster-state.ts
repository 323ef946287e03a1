import { type BootstrapVerdict, hasFormed, judgeBootstrap } from './bootstrap.ts'
import { findQuarantined, type Quarantined } from './errant.ts'
import { authoritativeView, isInGroup, isOnline, parseViewId, primaryIn, seesMajority } from './group.ts'
import type { MemberView, Snapshot } from './snapshot.ts'

/** The state of a cluster, with the evidence that the plan needs. The predicates are those of docs/states.md. */
export type ClusterState =
  | { readonly kind: 'Deleting' }
  | { readonly kind: 'Refused'; readonly reason: string; readonly message: string }
  | { readonly kind: 'Absent' }
  /** It is made from a backup, whose data are not there yet. */
  | { readonly kind: 'Unrestored' }
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
      /** The write Service selects the primary and leads there, and that takes writes as far as is known. */
      readonly served: boolean
      readonly outside: readonly string[]
      readonly recovering: readonly string[]
      /** ONLINE, and holding what the group does not have; of the primary, what no other member has. */
      readonly quarantined: readonly Quarantined[]
    }

const unrecorded = (snapshot: Snapshot): ClusterState | undefined => {
  const leader = snapshot.members.find((member) => isOnline(member) && seesMajority(member) && primaryIn(member.rows))
  const incarnation = leader && parseViewId(leader.viewId)?.incarnation
  const seed = leader && primaryIn(leader.rows)?.pod
  if (!incarnation || !seed || incarnation === snapshot.group?.incarnation) return undefined
  return { kind: 'Unrecorded', incarnation, seed }
}

/**
 * A primary that has just been elected is read-only until it has applied what it had received. One that is silent now takes writes as
 * far as is known if it did when it was last told of, as it may only be slow to answer.
 */
const takesWrites = ({ members, status }: Snapshot, primary: string): boolean => {
  const answer = members.find(({ pod }) => pod === primary)
  if (answer) return !answer.readOnly
  return status?.primary === primary && Boolean(status.conditions?.some(isReady))
}

/** Of the conditions of a MySQLCluster, whether this one says that writes are served. */
export const isReady = ({ type, status }: { readonly type: string; readonly status: string }): boolean =>
  type === 'Ready' && status === 'True'

const serving = (snapshot: Snapshot, view: MemberView): ClusterState => {
  const primary = primaryIn(view.rows)?.pod
  const inView = new Set(
    view.rows.filter((row) => row.state !== 'ERROR' && row.state !== 'OFFLINE').map((row) => row.pod),
  )
  return {
    kind: 'Serving',
    view,
    ...(primary ? { primary } : {}),
    served: primary !== undefined && snapshot.writes === primary && !snapshot.refused && takesWrites(snapshot, primary),
    // Pods beyond the size are not let in: someone scaled the StatefulSet, which is put back.
    outside: snapshot.pods.filter((pod) => !inView.has(pod.name) && pod.ordinal < snapshot.size).map((pod) => pod.name),
    recovering: view.rows.filter((row) => row.state === 'RECOVERING').map((row) => row.pod),
    quarantined: findQuarantined(snapshot, view, primary),
  }
}

/** Names the state of a cluster. The first predicate that holds decides. */
export const stateOf = (snapshot: Snapshot): ClusterState => {
  if (snapshot.deleting) return { kind: 'Deleting' }
  // Members that live are looked after whatever is wrong with the declaration.
  if (snapshot.objects.kind === 'Refused' && snapshot.objects.replicas === 0)
    return { kind: 'Refused', reason: snapshot.objects.reason, message: snapshot.objects.message }
  if (snapshot.objects.kind === 'Absent') return { kind: 'Absent' }
  if (snapshot.objects.kind === 'Unrestored') return { kind: 'Unrestored' }
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
