import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { parseQuantity } from '../../../src/domain/quantity.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { CLUSTER_KEY, NAMES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'the volumes of later members are never smaller than those that were made'

/** Volumes only ever grow, those that are not there yet included. Before a group has formed a cluster may be made anew. */
export const volumesOnlyGrow = ({ kubernetes, violate }: SimWorld): Invariant => {
  /** By the uid of the cluster that owns the StatefulSet. */
  const largest = new Map<string, number>()
  kubernetes.onWrite(({ by, kind, key, after }) => {
    if (kind !== 'StatefulSet' || key.name !== NAMES.statefulSet || !after) return
    const set = after as Kinds['StatefulSet']
    const text = set.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'] ?? ''
    const owner = set.metadata.ownerReferences?.[0]?.uid ?? ''
    const [before = 0, now] = [largest.get(owner), parseQuantity(text)]
    const status = kubernetes.objects.get(KIND, CLUSTER_KEY)?.['status'] as MySQLClusterStatus | undefined
    if (status?.group?.incarnation === undefined) {
      largest.set(owner, now)
      return
    }
    if (now < before) violate(RULE, `${by} has them made with ${text}`)
    largest.set(owner, Math.max(before, now))
  })
  return {}
}
