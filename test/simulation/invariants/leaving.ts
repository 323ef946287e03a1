import { KIND } from '../../../crds/mysqlcluster.ts'
import { isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import { ordinalOf } from '../../../src/domain/names.ts'
import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import { CLUSTER_KEY } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const DUE = 'a member that is ONLINE is told to leave only when fewer are wanted, or its data are to be replaced'
const STANDS = 'a member is told to leave only while those that stay are a majority of their group'
/** From the last look to the act. */
const LATELY_MS = 20 * SECOND
/** Who is silent is not asked any more: that is noticed sooner. */
const SILENT_MS = 4 * SECOND

/** Whether those that are ONLINE beside a member go on when it has left. */
const isStood = ({ podUid, incarnation, rows }: SimMember, members: readonly SimMember[]): boolean => {
  const others = members.filter((other) => other.incarnation === incarnation && other.podUid !== podUid)
  const living = others.filter(({ phase, state }) => phase === 'Running' && state === 'ONLINE')
  return living.length * 2 > rows.length - 1
}

/** Nobody is taken out of a group that needs it, or for nothing. */
export const leavingIsDue = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, time, violate } = world
  let told = 0
  let wish = { size: 0, changedAt: Number.NEGATIVE_INFINITY, before: 0 }
  /** By the uid of a pod: when its group could do without it last, and when it alone held something. */
  const stoodAt = new Map<string, number>()
  const errantAt = new Map<string, number>()
  const lately = (at: number | undefined, ms: number): boolean => at !== undefined && time.now() - at <= ms

  kubernetes.onWrite(({ kind, key, after }) => {
    const size = (after?.['spec' as keyof typeof after] as { size?: number } | undefined)?.size
    if (kind !== KIND || key.name !== CLUSTER_KEY.name || size === undefined || size === wish.size) return
    wish = { size, changedAt: time.now(), before: wish.size }
  })
  const isDue = ({ pod, podUid }: Pick<SimMember, 'pod' | 'podUid'>): boolean => {
    const wanted = lately(wish.changedAt, LATELY_MS) ? Math.min(wish.size, wish.before) : wish.size
    const { onRecord } = underWay(world)
    const isAsked = onRecord?.kind === 'rebuild' && onRecord.subject === pod && onRecord.operation !== undefined
    return isAsked || ordinalOf(pod) >= wanted || lately(errantAt.get(podUid), LATELY_MS)
  }

  world.watch((members) => {
    for (const member of members) {
      if (member.incarnation === undefined) continue
      const others = members.filter(({ podUid }) => podUid !== member.podUid).map(({ holds }) => holds)
      if (isStood(member, members)) stoodAt.set(member.podUid, time.now())
      if (!isEmpty(subtract(member.holds, union(...others)))) errantAt.set(member.podUid, time.now())
    }
    for (const leaving of mysql.leavings().slice(told)) {
      told += 1
      if (!isDue(leaving)) violate(DUE, `${leaving.pod} is, and ${wish.size} are wanted`)
      if (!lately(stoodAt.get(leaving.podUid), SILENT_MS)) violate(STANDS, `${leaving.pod} is`)
    }
  })
  return {}
}
