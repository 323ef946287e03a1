import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord } from '../../../crds/mysqlcluster-status.ts'
import { contains, formatGtidSet, type GtidSet, intersect, isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import type { SimVolume } from '../mysql/world.ts'
import { CLUSTER, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const KEPT = 'no volume is discarded that alone holds an acknowledged write, unless the person asked for it'
const LOST = 'no acknowledged write is lost'

const PERSONS: readonly string[] = ['person', 'namespace-controller']

/** The volumes that claims of the cluster name, with the name of the claim. */
export const claimedVolumes = ({
  kubernetes,
  mysql,
}: SimWorld): readonly (SimVolume & { readonly claim: string })[] => {
  const claims = new Map(
    kubernetes.objects
      .list('PersistentVolumeClaim', NAMESPACE)
      .map(({ metadata }) => [metadata.uid, metadata.name] as const),
  )
  return mysql.volumes().flatMap((volume) => {
    const claim = claims.get(volume.volume)
    return claim?.startsWith(`data-${CLUSTER}-`) ? [{ ...volume, claim }] : []
  })
}

/** What clients were told is committed stays. */
export const dataIsKept = (world: SimWorld): Invariant => {
  const { mysql, kubernetes, scenario, violate } = world
  /** Written before the person asked for the data to be deleted, and what that cluster still wrote until it was gone. */
  let waived: GtidSet = new Map()
  const ended = new Set<string>()
  /** Volumes whose claim the person deleted. */
  const givenUp = new Set<string>()
  let discarded = 0

  kubernetes.onWrite(({ by, kind, before, after }) => {
    const deletes = after?.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp
    if (kind === 'PersistentVolumeClaim' && deletes && PERSONS.includes(by)) givenUp.add(after.metadata.uid)
    const asked = kind === KIND && !before?.metadata.deletionTimestamp && after?.metadata.deletionTimestamp
    if (!asked || (scenario.onDelete !== 'Delete' && by !== 'namespace-controller')) return
    waived = union(waived, mysql.acknowledged())
    ended.add(after.metadata.uid)
    const { group } = (after['status' as keyof typeof after] ?? {}) as { group?: GroupRecord }
    if (group?.name) ended.add(group.name)
  })
  const wantedWrites = (): GtidSet =>
    subtract(new Map([...mysql.acknowledged()].filter(([source]) => !ended.has(source))), waived)

  world.watch(() => {
    const gone = mysql.discarded()
    for (; discarded < gone.length; discarded += 1) {
      const volume = gone[discarded]
      if (!volume) continue
      const rest = union(...mysql.volumes().map(({ holds }) => holds))
      const lost = subtract(intersect(volume.holds, wantedWrites()), rest)
      if (givenUp.has(volume.volume)) waived = union(waived, lost)
      else if (!isEmpty(lost)) violate(KEPT, `${volume.volume} alone held ${formatGtidSet(lost)}`)
    }
  })

  return {
    atEnd() {
      const wanted = wantedWrites()
      const holders = mysql.members().filter(({ state }) => state === 'ONLINE')
      if (!world.user.wish.there) {
        const rest = union(...mysql.volumes().map(({ holds }) => holds))
        if (!contains(rest, wanted)) violate(LOST, formatGtidSet(subtract(wanted, rest)))
        return
      }
      for (const { pod, holds } of holders)
        if (!contains(holds, wanted)) violate(LOST, `${pod} lacks ${formatGtidSet(subtract(wanted, holds))}`)
    },
  }
}
