import { parseOperation } from '../../../activities/operations.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { contains, formatGtidSet, type GtidSet, intersect, isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import { REBUILD_ANNOTATION } from '../../../src/domain/rebuild.ts'
import type { SimVolume } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import { CLUSTER_KEY, NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { claimedVolumes } from './data.ts'
import type { Invariant } from './invariants.ts'

const ONE = 'the data of one member are replaced at a time'
const ARCHIVED = 'what a member alone holds is kept beside its data before those are replaced'
const STANDS = 'what a member alone holds is replaced only while the others are a majority'
const APPROVED =
  'what only one member holds, and may have been promised or cannot be kept, is replaced only with a yes of a person'
const ASIDE = 'data are set aside only while the others are a majority, or with a yes of a person'
const FOR_GOOD = 'data that can be read again later are not set aside, unless a person says so'
const RECORDED = 'data are replaced only by a rebuild that is on record'
/** From the last look to the act. */
const LATELY_MS = 20 * SECOND

/** Data are replaced one member after the other, and nothing that is nowhere else goes with them. */
export const rebuildsAreSafe = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, time, user, violate } = world
  let seen = 0
  /** When the others of a member, by its volume, were a majority last. */
  const stoodAt = new Map<string, number>()
  const known = new Set<string>()

  const lately = (volume: string | undefined): boolean => time.now() - (stoodAt.get(volume ?? '') ?? 0) <= LATELY_MS
  /** Whether a person said yes to what is on record. */
  const isApproved = (): boolean =>
    kubernetes.objects
      .list(OPERATION_KIND, NAMESPACE)
      .map(parseOperation)
      .some(({ metadata, spec }) => metadata.uid === underWay(world).onRecord?.operation?.uid && spec.approved === true)
  const judgePromised = (claim: string, { serverUuid, purged }: SimVolume, alone: GtidSet): void => {
    const promised = new Map([...alone].filter(([source]) => source.split(':')[0] !== serverUuid))
    const doubtful = union(promised, intersect(alone, purged))
    if (!isEmpty(doubtful) && !isApproved()) violate(APPROVED, `${claim} alone held ${formatGtidSet(doubtful)}`)
  }

  kubernetes.onWrite(({ by, kind, key, before, after }) => {
    const [was, is] = [before, after].map((pod) => pod?.metadata.annotations?.[REBUILD_ANNOTATION] ?? '')
    if (kind !== 'Pod' || !is?.startsWith('aside-') || was === is || !by.startsWith('worker-')) return
    const found = claimedVolumes(world).find(({ claim }) => claim === `data-${key.name}`)
    if (!lately(found?.volume) && !isApproved()) violate(ASIDE, `${by} asks for it on ${key.name}`)
    if (found?.ailing && !isApproved()) violate(FOR_GOOD, `${by} asks for it on ${key.name}`)
  })

  world.watch((members) => {
    const copying = members.filter((member) => member.copying)
    const online = members.filter(({ state }) => state === 'ONLINE').length
    for (const { volume } of members) known.add(volume)
    const set = kubernetes.objects.get('StatefulSet', { namespace: CLUSTER_KEY.namespace, name: NAMES.statefulSet })
    const size = Math.min(user.wish.size, set?.spec?.replicas ?? user.wish.size)
    for (const volume of known) {
      const own = members.some((member) => member.volume === volume && member.state === 'ONLINE')
      if (online - Number(own) > size / 2) stoodAt.set(volume, time.now())
    }
    if (copying.length > 1) violate(ONE, copying.map(({ pod }) => pod).join(', '))
    const gone = mysql.discarded()
    for (; seen < gone.length; seen += 1) {
      const before = gone[seen]
      const now = before && claimedVolumes(world).find(({ volume }) => volume === before.volume)
      if (!before || !now?.initialised) continue
      const others = union(...mysql.volumes().flatMap(({ volume, holds }) => (volume === before.volume ? [] : [holds])))
      const alone = subtract(before.holds, others)
      const { onRecord } = underWay(world)
      const isAsked = before.itself !== true
      if (isAsked && (onRecord?.kind !== 'rebuild' || now.claim !== `data-${onRecord.subject}`))
        violate(RECORDED, `those of ${now.claim} are, and on record is ${onRecord?.id ?? 'nothing'}`)
      if (!isEmpty(alone) && !lately(before.volume)) violate(STANDS, `${now.claim} alone held ${formatGtidSet(alone)}`)
      judgePromised(now.claim, before, alone)
      if (!contains(now.kept, alone) && !isApproved())
        violate(ARCHIVED, `${now.claim} alone held ${formatGtidSet(alone)}`)
    }
  })
  return {}
}
