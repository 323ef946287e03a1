import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord } from '../../../crds/mysqlcluster-status.ts'
import { contains, formatGtidSet, subtract } from '../../../src/domain/gtid.ts'
import { CLUSTER_KEY } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'a group is made only by a decision on record, beside no other, from a member that holds all'

const IN_GROUP: readonly string[] = ['ONLINE', 'RECOVERING']

/** Gate (a), judged by the truth and not by what the operator knows. */
export const bootstrapsAreSafe = (world: SimWorld): Invariant => {
  const { mysql, kubernetes, violate } = world
  let seen = 0

  world.watch(() => {
    const bootstraps = mysql.bootstraps()
    for (; seen < bootstraps.length; seen += 1) {
      const made = bootstraps[seen]
      if (!made) continue
      const { pod, podUid } = made
      const beside = mysql.members().filter((other) => other.podUid !== podUid && IN_GROUP.includes(other.state))
      if (beside.length > 0)
        violate(RULE, `${pod} makes a group beside that of ${beside.map((other) => other.pod).join(', ')}`)
      const status = kubernetes.objects.get(KIND, CLUSTER_KEY)?.['status'] as { group?: GroupRecord } | undefined
      if (status?.group?.seed !== pod || status.group.incarnation !== undefined)
        violate(RULE, `${pod} makes a group, and on record is ${JSON.stringify(status?.group)}`)
      const seed = mysql.members().find((member) => member.podUid === podUid)
      for (const volume of claimedVolumes(world)) {
        if (!seed || volume.volume === seed.volume || contains(seed.holds, volume.holds)) continue
        const more = formatGtidSet(subtract(volume.holds, seed.holds))
        violate(RULE, `${pod} makes a group, and ${volume.claim} alone holds ${more}`)
      }
    }
  })
  return {}
}
