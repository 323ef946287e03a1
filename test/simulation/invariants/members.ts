import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord } from '../../../crds/mysqlcluster-status.ts'
import { ordinalOf } from '../../../src/domain/names.ts'
import { declaredOf, declaredSize } from '../../../src/domain/objects/statefulset.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { CLUSTER, CLUSTER_KEY, NAMES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const REPLACED =
  'once a group has formed, the operator takes no member away but one that has left the group, when fewer are wanted'
const ADDED = 'members are added one at a time'
const COUNTED = 'a pod is removed only once its group has expelled the member'
const FORCED = 'a pod is removed by force only from a node that is lost'
const STANDS = 'a pod is removed by force only while the members that are ONLINE are a majority of the cluster'
const PAUSED = 'while paused, the operator changes no member'
const MEMBER = new RegExp(`^${CLUSTER}-\\d+$`)
/** From the last look to the act. */
const LATELY_MS = 20_000
/** An activity that was begun before goes on. */
const SETTLED_MS = 65_000
const ACTS =
  /"activityType":"(bootstrap|join|applyObjects|recordGroup|leaveGroup|archiveLogs|moveAside|copyData|removePod|handOver|forceQuorum|release|renew|dismiss|resize|enlarge|takeOverVolumes)"/

const replicasOf = (set: Kinds['StatefulSet'] | undefined): number => set?.spec?.replicas ?? 0

const isOwned = ({ metadata }: Kinds['Pod'], uid: string): boolean =>
  metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false

const nodeOf = (pod: object | undefined): string | undefined => (pod as Kinds['Pod'] | undefined)?.spec?.nodeName

/** The operator only makes what the person wants to be there, and stands still when told to. */
export const membersAreKept = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, time, violate } = world
  const wishes = new Set<number>()
  /** When each node was lost last, or not heard. */
  const lostAt = new Map<string, number>()
  let pausedSince: number | undefined
  let stoodAt = 0

  /** What somebody scaled by hand may be put back in one go: those pods were never members. */
  const judgeSize = (by: string, before: Kinds['StatefulSet'], after: Kinds['StatefulSet']): void => {
    const [from, to] = [declaredSize(declaredOf(before)) ?? 0, replicasOf(after)]
    if (from > 0 && to > from + 1) violate(ADDED, `${by} scales from ${from} to ${to}`)
    if (to >= from) return
    const inGroup = mysql.members().filter(({ state }) => state === 'ONLINE' || state === 'RECOVERING')
    const taken = inGroup.filter(({ pod }) => ordinalOf(pod) >= to).map(({ pod }) => pod)
    const wanted = Math.min(...wishes)
    if (to < from - 1 || to < wanted || taken.length > 0)
      violate(REPLACED, `${by} scales from ${from} to ${to}; wanted: ${wanted}; in the group: ${taken.join(', ')}`)
  }

  world.watch((members) => {
    for (const node of kubernetes.faults.failedNodes) lostAt.set(node, time.now())
    const set = kubernetes.objects.get('StatefulSet', { namespace: CLUSTER_KEY.namespace, name: NAMES.statefulSet })
    const living = members.filter(
      ({ phase, state, incarnation }) => phase === 'Running' && state === 'ONLINE' && incarnation,
    )
    if (living.length > replicasOf(set) / 2) stoodAt = time.now()
  })
  kubernetes.onWrite(({ by, kind, key, before, after }) => {
    if (kind === KIND && key.name === CLUSTER_KEY.name) {
      const wish = (after?.['spec' as keyof typeof after] as { size?: number } | undefined)?.size
      if (wish) wishes.add(wish)
      const paused = (after?.['spec' as keyof typeof after] as { paused?: boolean } | undefined)?.paused === true
      pausedSince = paused && !after?.metadata.deletionTimestamp ? (pausedSince ?? time.now()) : undefined
    }
    if (kind === 'Pod' && !after && by.startsWith('worker-')) {
      const online = mysql.members().filter(({ state, incarnation }) => state === 'ONLINE' && incarnation)
      const counting = online.filter(({ rows }) => rows.some(({ pod }) => pod === key.name))
      const node = nodeOf(before)
      if (node && MEMBER.test(key.name) && time.now() - (lostAt.get(node) ?? 0) > LATELY_MS)
        violate(FORCED, `${by} removes ${key.name} from ${node}, which is well`)
      if (MEMBER.test(key.name) && time.now() - stoodAt > LATELY_MS) violate(STANDS, `${by} removes ${key.name}`)
      if (counting.length > 0) violate(COUNTED, `${by} removes ${key.name}, which ${counting[0]?.pod} counts`)
    }
    if (kind !== 'StatefulSet' || key.name !== NAMES.statefulSet || !by.startsWith('worker-') || !before) return
    const cluster = kubernetes.objects.get(KIND, CLUSTER_KEY)
    const group = (cluster?.['status'] as { group?: GroupRecord } | undefined)?.group
    const owned = before.metadata.ownerReferences?.some(({ uid }) => uid === cluster?.metadata.uid)
    if (!group?.incarnation || !owned || cluster?.metadata.deletionTimestamp) return
    const isHeld = kubernetes.objects.list('Pod', key.namespace).some((pod) => isOwned(pod, before.metadata.uid))
    if (!after && isHeld) violate(REPLACED, `${by} deletes the StatefulSet, and with it the pods that it owns`)
    else if (!after) return
    else if (after.metadata.deletionTimestamp) violate(REPLACED, `${by} deletes the StatefulSet`)
    else judgeSize(by, before as Kinds['StatefulSet'], after as Kinds['StatefulSet'])
  })

  world.onHistory((what, text) => {
    if (what !== 'a command' || pausedSince === undefined || time.now() - pausedSince < SETTLED_MS) return
    const [, act] = ACTS.exec(text) ?? []
    if (act) violate(PAUSED, `${act} is begun`)
  })
  return {}
}
