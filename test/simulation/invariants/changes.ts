import { KIND } from '../../../crds/mysqlcluster.ts'
import { count, formatGtidSet, isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import { ordinalOf } from '../../../src/domain/names.ts'
import { MAX_QUEUE } from '../../../src/domain/switchover.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import { CLUSTER, CLUSTER_KEY, NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const AFTER = 'a member is renewed only once the one that was renewed before it is ONLINE again'
const ALL = 'a member that serves is renewed only while all others are ONLINE'
const HANDED = 'a primary hands over before it is renewed, or leaves the group'
const TRIED = 'what no member can be made from is not taken over'
const HELD = 'with a member that goes, no volume goes that alone holds anything'
/** From the last look to the act. */
const LATELY_MS = 20 * SECOND
/** Who is expelled is missed by the next look; its request may take seconds. */
const MISSED_MS = 8 * SECOND
/** A primary that is cut off has acknowledged nothing for longer, when it leaves its group. */
const JUST_NOW_MS = 1 * SECOND
const ALONE = 'at the end no member that is ONLINE alone holds what it made outside its group'
const UNKNOWN_IMAGE = 'mysql:none'

/** A group takes its primary from the oldest version in it. */
const isNewer = (other: SimMember, member: SimMember): boolean => {
  const [a = '', b = ''] = [other, member].map(({ pod, rows }) => rows.find((row) => row.pod === pod)?.version)
  return a.localeCompare(b, 'en', { numeric: true }) > 0
}

const imageOf = (set: Kinds['StatefulSet'] | undefined): string | undefined =>
  set?.spec?.template.spec?.containers.find(({ image }) => image?.startsWith('mysql:'))?.image

/** A change of what members are made from, or of how many there are, goes from one member to the next. */
export const changesAreCareful = (world: SimWorld): Invariant => {
  const { kubernetes, mysql, time, violate } = world
  let renewed: { readonly pod: string; readonly podUid: string } | undefined
  /** Since when each member could be the primary, by the uid of its pod; and since when it is, and when it acknowledged last. */
  const fitSince = new Map<string, number>()
  const primarySince = new Map<string, number>()
  const acknowledgedAt = new Map<string, number>()
  const onlineAt = new Map<string, number>()
  const hasLong = (since: number | undefined): boolean => since !== undefined && time.now() - since > LATELY_MS
  const note = (notes: Map<string, number>, podUid: string, holds: boolean): void => {
    if (!holds) notes.delete(podUid)
    else if (!notes.has(podUid)) notes.set(podUid, time.now())
  }

  const judgeLeaving = ({ pod, podUid, phase, state }: SimMember): void => {
    const at = acknowledgedAt.get(podUid)
    if (at === undefined || phase !== 'Running' || state !== 'OFFLINE') return
    acknowledgedAt.delete(podUid)
    const { onRecord } = underWay(world)
    if (onRecord?.kind === 'scaleIn' && onRecord.subject === pod && time.now() - at < JUST_NOW_MS)
      violate(HANDED, `${pod} leaves as the primary`)
  }

  const judgeRenewal = (by: string, pod: string, podUid: string): void => {
    const member = mysql.members().find((candidate) => candidate.podUid === podUid)
    // One that does not run is renewed first.
    if (member?.state !== 'ONLINE') return
    const replicas = kubernetes.objects.get('StatefulSet', { namespace: NAMESPACE, name: NAMES.statefulSet })?.spec
      ?.replicas
    if (renewed && renewed.pod !== pod && ordinalOf(renewed.pod) < (replicas ?? 0))
      violate(AFTER, `${by} removes ${pod}, and ${renewed.pod} is not back`)
    const fit = mysql
      .members()
      .find((other) => other.podUid !== podUid && hasLong(fitSince.get(other.podUid)) && !isNewer(other, member))
    if (fit && hasLong(primarySince.get(podUid)))
      violate(HANDED, `${by} removes ${pod}, the primary, and ${fit.pod} could take over`)
    const away = Array.from({ length: replicas ?? 0 }, (_, ordinal) => `${CLUSTER}-${ordinal}`).filter(
      (other) => other !== pod && time.now() - (onlineAt.get(other) ?? 0) > MISSED_MS,
    )
    if (away.length > 0) violate(ALL, `${by} removes ${pod}, and ${away.join(', ')} is not`)
    renewed = { pod, podUid }
  }

  world.watch((members) => {
    const first = members.find(({ acknowledges }) => acknowledges)
    for (const member of members) {
      const { pod, podUid, state, received, executed } = member
      if (renewed?.pod === pod && renewed.podUid !== podUid && state === 'ONLINE') renewed = undefined
      const isBehind = count(subtract(received, executed)) > MAX_QUEUE
      note(fitSince, podUid, state === 'ONLINE' && first !== undefined && first.podUid !== podUid && !isBehind)
      note(primarySince, podUid, first?.podUid === podUid)
      judgeLeaving(member)
      if (state === 'ONLINE' && member.incarnation !== undefined) onlineAt.set(pod, time.now())
      if (first?.podUid === podUid) acknowledgedAt.set(podUid, time.now())
    }
  })

  kubernetes.onWrite(({ by, kind, key, before, after }) => {
    if (!by.startsWith('worker-') || key.namespace !== NAMESPACE) return
    const cluster = kubernetes.objects.get(KIND, CLUSTER_KEY)
    if (!cluster || cluster.metadata.deletionTimestamp) return
    const ends = after?.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp
    if (kind === 'Pod' && ends) judgeRenewal(by, key.name, after.metadata.uid)
    if (kind === 'PersistentVolumeClaim' && (ends || !after) && before) {
      const volumes = mysql.volumes()
      const gone = volumes.find(({ volume }) => volume === before.metadata.uid)
      const others = union(...volumes.flatMap((volume) => (volume === gone ? [] : [volume.holds])))
      const alone = gone ? subtract(gone.holds, others) : new Map()
      if (!isEmpty(alone)) violate(HELD, `${by} removes ${key.name}, which alone holds ${formatGtidSet(alone)}`)
    }
    if (kind !== 'StatefulSet' || key.name !== NAMES.statefulSet || !before || !after) return
    const group = (cluster['status' as keyof typeof cluster] as { group?: { incarnation?: string } } | undefined)?.group
    const [was, is] = [imageOf(before as Kinds['StatefulSet']), imageOf(after as Kinds['StatefulSet'])]
    if (group?.incarnation && was !== UNKNOWN_IMAGE && is === UNKNOWN_IMAGE) violate(TRIED, `${by} takes over ${is}`)
  })
  return {
    atEnd() {
      const online = mysql.members().filter(({ state }) => state === 'ONLINE')
      for (const { pod, podUid, serverUuid, holds } of online) {
        const others = union(...online.flatMap((other) => (other.podUid === podUid ? [] : [other.holds])))
        const own = new Map([...subtract(holds, others)].filter(([source]) => source.split(':')[0] === serverUuid))
        if (online.length > 1 && !isEmpty(own)) violate(ALONE, `${pod} alone holds ${formatGtidSet(own)}`)
      }
    },
  }
}
