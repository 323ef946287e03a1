import { contains, formatGtidSet, subtract, union } from '../../../src/domain/gtid.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const ONE = 'the data of one member are replaced at a time'
const ARCHIVED = 'what a member alone holds is kept beside its data before those are replaced'

/** Data are replaced one member after the other, and nothing that is nowhere else goes with them. */
export const rebuildsAreSafe = (world: SimWorld): Invariant => {
  const { mysql, violate } = world
  let seen = 0

  world.watch(() => {
    const copying = mysql.members().filter((member) => member.copying)
    if (copying.length > 1) violate(ONE, copying.map(({ pod }) => pod).join(', '))
    const gone = mysql.discarded()
    for (; seen < gone.length; seen += 1) {
      const before = gone[seen]
      const now = before && claimedVolumes(world).find(({ volume }) => volume === before.volume)
      if (!before || !now?.initialised) continue
      const others = union(...mysql.volumes().flatMap(({ volume, holds }) => (volume === before.volume ? [] : [holds])))
      const alone = subtract(before.holds, others)
      if (!contains(now.kept, alone)) violate(ARCHIVED, `${now.claim} alone held ${formatGtidSet(alone)}`)
    }
  })
  return {}
}
