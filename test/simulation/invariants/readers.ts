import { contains } from '../../../src/domain/gtid.ts'
import { ERRANT_ANNOTATION, READS_LABEL, ROLE_LABEL, SERVES_LABEL } from '../../../src/domain/names.ts'
import { readPod } from '../../../src/kubernetes/views.ts'
import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { ANY, NAMESPACE, READS } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const MARKED = 'who is shown to be kept apart is not read'
const APART = 'once troubles are over, readers are not led for long to a replica that holds what its group does not'
const SOMEBODY = 'once troubles are over, readers are not led nowhere for long while a member can be read'
const LOOK_MS = 1 * SECOND
/** A silent watch is noticed after 90 s; then the cache is read anew. */
const ASTRAY_MS = 150 * SECOND

/** Who is read, by the truth. */
export const readersAreLed = (world: SimWorld): Invariant => {
  const { kubernetes, time, violate } = world
  let lookedAt = 0
  const since = new Map<string, number>()

  kubernetes.onWrite(({ by, kind, after }) => {
    if (kind !== 'Pod' || !after || !by.startsWith('operator-')) return
    const { name, labels, annotations } = after.metadata
    if (annotations?.[ERRANT_ANNOTATION] === undefined || labels?.[ROLE_LABEL] === 'primary') return
    if (labels?.[READS_LABEL] || labels?.[SERVES_LABEL]) violate(MARKED, `${by} leads readers to ${name}`)
  })

  /** Since when it has been so, for longer than it may. */
  const lasts = (what: string, is: boolean): boolean => {
    if (!is) since.delete(what)
    else if (!since.has(what)) since.set(what, time.now())
    return time.now() - (since.get(what) ?? time.now()) > ASTRAY_MS
  }
  const isApart = (member: SimMember, primary: SimMember): boolean =>
    member.role === 'SECONDARY' && member.state === 'ONLINE' && !contains(primary.holds, member.executed)

  world.watch((members) => {
    if (!world.calm || time.now() - lookedAt < LOOK_MS) return
    lookedAt = time.now()
    const primary = members.find(({ acknowledges }) => acknowledges)
    const there = primary !== undefined && world.user.wish.there
    const ready = kubernetes.objects
      .list('Pod', NAMESPACE)
      .map(readPod)
      .filter((pod) => pod.ready)
    for (const key of [READS, ANY]) {
      const behind = kubernetes.endpointsOf(key).map(({ pod }) => pod)
      for (const member of members) {
        const astray = there && behind.includes(member.pod) && isApart(member, primary)
        if (lasts(`${key.name} ${member.pod}`, astray)) violate(APART, `${key.name} leads to ${member.pod}`)
      }
      const isRead = ready.some(({ name }) => name === primary?.pod)
      const nowhere = there && isRead && behind.length === 0 && kubernetes.objects.get('Service', key) !== undefined
      if (lasts(key.name, nowhere)) violate(SOMEBODY, `${key.name} leads nowhere, and ${primary?.pod} can be read`)
    }
  })
  return {}
}
