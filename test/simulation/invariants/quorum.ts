import { contains, formatGtidSet, subtract } from '../../../src/domain/gtid.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'a quorum is forced only when all others are gone, and hold nothing that is lost thereby'

/** Gate (b), judged by the truth and not by what the operator knows. */
export const quorumsAreSafe = (world: SimWorld): Invariant => {
  const { mysql, violate } = world
  let seen = 0
  world.watch(() => {
    const forced = mysql.forced()
    for (; seen < forced.length; seen += 1) {
      const act = forced[seen]
      const member = mysql.members().find(({ podUid }) => podUid === act?.podUid)
      if (!act || !member) continue
      if (act.alive.length > 0) violate(RULE, `${act.pod} goes on without ${act.alive.join(', ')}, which live`)
      for (const volume of claimedVolumes(world)) {
        // Who was outside its group before has lost nothing by it.
        if (!act.others.some((pod) => volume.claim === `data-${pod}`) || contains(member.holds, volume.holds)) continue
        const more = formatGtidSet(subtract(volume.holds, member.holds))
        violate(RULE, `${act.pod} goes on, and ${volume.claim} alone holds ${more}`)
      }
    }
  })
  return {}
}
