import { contains, formatGtidSet, isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const ONE = 'the data of one member are replaced at a time'
const ARCHIVED = 'what a member alone holds is kept beside its data before those are replaced'
const STANDS = 'what a member alone holds is replaced only while the others are a majority'
const RECORDED = 'data are replaced only by a rebuild that is on record'
/** From the last look to the act. */
const LATELY_MS = 20 * SECOND

/** Data are replaced one member after the other, and nothing that is nowhere else goes with them. */
export const rebuildsAreSafe = (world: SimWorld): Invariant => {
  const { mysql, time, user, violate } = world
  let seen = 0
  /** When the others of a member, by its volume, were a majority last. */
  const stoodAt = new Map<string, number>()

  world.watch((members) => {
    const copying = members.filter((member) => member.copying)
    const online = members.filter(({ state }) => state === 'ONLINE').length
    for (const { volume, state } of members)
      if (online - Number(state === 'ONLINE') > user.wish.size / 2) stoodAt.set(volume, time.now())
    if (copying.length > 1) violate(ONE, copying.map(({ pod }) => pod).join(', '))
    const gone = mysql.discarded()
    for (; seen < gone.length; seen += 1) {
      const before = gone[seen]
      const now = before && claimedVolumes(world).find(({ volume }) => volume === before.volume)
      if (!before || !now?.initialised) continue
      const others = union(...mysql.volumes().flatMap(({ volume, holds }) => (volume === before.volume ? [] : [holds])))
      const alone = subtract(before.holds, others)
      const { onRecord } = underWay(world)
      if (onRecord?.kind !== 'rebuild' || now.claim !== `data-${onRecord.subject}`)
        violate(RECORDED, `those of ${now.claim} are, and on record is ${onRecord?.id ?? 'nothing'}`)
      if (!isEmpty(alone) && time.now() - (stoodAt.get(before.volume) ?? 0) > LATELY_MS)
        violate(STANDS, `${now.claim} alone held ${formatGtidSet(alone)}`)
      if (!contains(now.kept, alone)) violate(ARCHIVED, `${now.claim} alone held ${formatGtidSet(alone)}`)
    }
  })
  return {}
}
