import type { ClusterState } from './cluster-state.ts'
import { isOnline } from './group.ts'
import type { Step } from './plan.ts'
import type { PodView, Snapshot } from './snapshot.ts'

/** Whether the pod of a member is removed by force, as nobody on its node would ever end it. */
export type RemovalVerdict =
  | { readonly kind: 'Remove'; readonly uid: string; readonly why: string }
  /** Its node is in trouble, and something stands between. */
  | { readonly kind: 'Later'; readonly why: string }
  /** Whether its node lives is not known to the operator. */
  | { readonly kind: 'Person'; readonly why: string }
  | { readonly kind: 'Needless' }

/** A node that has been away for so long does not just restart its kubelet. Kubernetes itself says so 40 s after the last sign of it. */
const NODE_MS = 60_000
/** How long after the end of its grace period a pod that is still there is stuck. */
const STUCK_MS = 60_000
const LOOK_AGAIN_MS = 10_000

const later = (why: string): RemovalVerdict => ({ kind: 'Later', why })

const isStuck = ({ endsBy }: PodView, takenAt: number): boolean => endsBy !== undefined && takenAt - endsBy > STUCK_MS

/** What stands between a member on a lost node and the end of its pod; undefined when nothing does. */
const obstacle = (snapshot: Snapshot, state: ClusterState, name: string): string | undefined => {
  if (snapshot.paused) return 'the cluster is paused (spec.paused)'
  if (state.kind !== 'Serving' || state.primary === undefined) return 'no group serves that could have expelled it'
  const { rows } = state.view
  if (rows.some((row) => row.pod === name)) return 'the group still counts it'
  const living = snapshot.members.filter(
    (member) => isOnline(member) && rows.some((row) => row.pod === member.pod && row.state === 'ONLINE'),
  )
  return living.length > snapshot.size / 2 ? undefined : 'the members that are ONLINE are no majority of the cluster'
}

/**
 * Judges whether the pod of a member is removed without waiting for its node: that is not ready, and not for a moment only, or
 * gone; the member is silent; and the group has expelled it, and has its majority.
 */
export const judgeRemoval = (snapshot: Snapshot, state: ClusterState, name: string): RemovalVerdict => {
  const pod = snapshot.pods.find((candidate) => candidate.name === name)
  const isSilent = snapshot.members.every((member) => member.pod !== name)
  if (!pod?.node || !isSilent || pod.ordinal >= snapshot.size) return { kind: 'Needless' }
  const { name: node, state: is, since = 0 } = pod.node
  if (is === 'Ready') return { kind: 'Needless' }
  if (is === 'Denied')
    return isStuck(pod, snapshot.takenAt)
      ? {
          kind: 'Person',
          why: `the pod of ${name} does not end, and the operator may not read whether its node ${node} lives. If that is off for good: kubectl delete pod ${name} --force`,
        }
      : { kind: 'Needless' }
  const what = is === 'Gone' ? `its node ${node} exists no more` : `its node ${node} is not ready`
  const why = obstacle(snapshot, state, name)
  if (why) return later(`${what}; its pod stays for now: ${why}`)
  if (is === 'NotReady' && snapshot.takenAt - since < NODE_MS)
    return later(`${what}; its pod is removed when that lasts for a minute`)
  return { kind: 'Remove', uid: pod.uid, why: what }
}

/** The removal of a pod from a lost node. `ground`: what would be done else. */
export const planRemoval = (snapshot: Snapshot, state: ClusterState, ground: Step): Step | undefined => {
  if (ground.kind !== 'Wait' && ground.kind !== 'Rest') return undefined
  for (const { name } of snapshot.pods) {
    const verdict = judgeRemoval(snapshot, state, name)
    if (verdict.kind === 'Remove')
      return { kind: 'Run', procedure: { kind: 'removePod', subject: name, why: verdict.why } }
  }
  return undefined
}

/** A step that waits for news, or one that looks again: whether a node comes back is no news of anybody's. */
export const watchingNodes = (snapshot: Snapshot, state: ClusterState, step: Step): Step => {
  const isLookedAt = step.kind === 'Wait' && step.again !== undefined && step.again <= LOOK_AGAIN_MS
  if ((step.kind !== 'Wait' && step.kind !== 'Rest') || isLookedAt || snapshot.paused) return step
  for (const { name } of snapshot.pods) {
    const verdict = judgeRemoval(snapshot, state, name)
    if (verdict.kind === 'Later') return { kind: 'Wait', why: `${name}: ${verdict.why}`, again: LOOK_AGAIN_MS }
  }
  return step
}

/** What is to be said of a member on a node in trouble; undefined when there is nothing to say. */
export const whyNodeless = (snapshot: Snapshot, state: ClusterState, name: string): string | undefined => {
  const verdict = judgeRemoval(snapshot, state, name)
  if (verdict.kind === 'Needless') return undefined
  if (verdict.kind === 'Person') return verdict.why
  return `${name} is silent: ${verdict.why}${verdict.kind === 'Remove' ? '; its pod is removed, to be made elsewhere' : ''}`
}
