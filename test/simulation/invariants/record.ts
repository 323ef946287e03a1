import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { CLUSTER } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const MADE = 'a group that is on record was made'
const TOLD = 'a procedure does not fail for what it has done itself'

/** What the status says of groups, judged by those that were made. */
export const recordsAreTrue = ({ kubernetes, mysql, violate }: SimWorld): Invariant => {
  kubernetes.onWrite(({ kind, key, after }) => {
    if (kind !== KIND || key.name !== CLUSTER || !after) return
    const { group, timeline = [] } = (after['status' as keyof typeof after] ?? {}) as MySQLClusterStatus
    const made = mysql.bootstraps()
    if (group?.incarnation !== undefined && !made.some(({ incarnation }) => incarnation === group.incarnation))
      violate(MADE, `on record is ${group.incarnation}, from ${group.seed}`)
    const [last] = timeline
    if (last?.what !== 'recoverOutage' || last.outcome !== 'Failed') return
    const own = made.some(({ pod, at }) => pod === last.subject && at >= Date.parse(last.at))
    if (own && last.message?.includes(`${last.subject} is in a group`)) violate(TOLD, last.message)
  })
  return {}
}
