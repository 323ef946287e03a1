import { parseOperation } from '../../../activities/operations.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord } from '../../../crds/mysqlcluster-status.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { contains, formatGtidSet, type GtidSet, isEmpty, parseGtidSet, subtract } from '../../../src/domain/gtid.ts'
import { ordinalOf } from '../../../src/domain/names.ts'
import { CLUSTER_KEY, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'a group is made only by a decision on record, beside no other, from a member that holds all'

const IN_GROUP: readonly string[] = ['ONLINE', 'RECOVERING']

const replicasOf = (object: unknown): number =>
  (object as { spec?: { replicas?: number } } | undefined)?.spec?.replicas ?? 0

/** Gate (a), judged by the truth and not by what the operator knows. */
export const bootstrapsAreSafe = (world: SimWorld): Invariant => {
  const { mysql, kubernetes, violate } = world
  let seen = 0

  /** Whether a person has accepted that what this volume alone holds is left behind, after it was shown. */
  const isApproved = (seed: string, group: string | undefined, claim: string, more: GtidSet): boolean => {
    const asked = kubernetes.objects.list(OPERATION_KIND, NAMESPACE).find(({ metadata }) => metadata.uid === group)
    const { spec, status, metadata } = asked ? parseOperation(asked) : {}
    const { loss } = status ?? {}
    if (!loss || !metadata || spec?.approved !== true || metadata.generation <= loss.generation) return false
    const names = [claim, claim.replace(/^data-/, '')]
    const shown = loss.only.find(({ pod }) => names.includes(pod))?.gtids ?? ''
    const isCovered = loss.silent.some((name) => names.includes(name)) || contains(parseGtidSet(shown), more)
    return loss.seed === seed && isCovered
  }

  /** What was on volumes when their members were taken out of a group that went on: it was told of, and nobody was promised it. */
  const leftBehind = new Map<string, GtidSet>()
  kubernetes.onWrite(({ kind, before, after }) => {
    if (kind !== 'StatefulSet') return
    const [was, is] = [replicasOf(before), replicasOf(after)]
    const declared = kubernetes.objects.get(KIND, CLUSTER_KEY) as { spec?: { size?: number } } | undefined
    for (const { claim, volume, holds } of claimedVolumes(world)) {
      const ordinal = ordinalOf(claim)
      if (ordinal < is) leftBehind.delete(volume)
      else if (ordinal < was && ordinal >= (declared?.spec?.size ?? 0)) leftBehind.set(volume, holds)
    }
  })

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
        const more = subtract(subtract(volume.holds, seed.holds), leftBehind.get(volume.volume) ?? new Map())
        if (isEmpty(more)) continue
        if (isApproved(pod, status?.group?.name, volume.claim, more)) continue
        violate(RULE, `${pod} makes a group, and ${volume.claim} alone holds ${formatGtidSet(more)}`)
      }
    }
  })
  return {}
}
