import { WRITES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'at no moment do two members acknowledge writes, nor does the write Service lead to two'
const ROUTED = 'once troubles are over, the write Service does not go on leading to a member that takes no writes'
/** A silent watch is noticed after 90 s; then the cache is read anew. */
const ASTRAY_MS = 150_000

/** Gate (j), judged by the truth. */
export const oneTakesWrites = (world: SimWorld): Invariant => {
  const { kubernetes, time, violate } = world
  let astraySince: number | undefined

  kubernetes.onRouted(({ namespace, name }, endpoints) => {
    if (namespace !== WRITES.namespace || name !== WRITES.name || endpoints.length < 2) return
    violate(RULE, `the write Service leads to ${endpoints.map(({ pod }) => pod).join(' and ')}`)
  })

  world.watch((members) => {
    const writers = members.filter(({ acknowledges }) => acknowledges)
    if (writers.length > 1) violate(RULE, `${writers.map(({ pod }) => pod).join(' and ')} acknowledge writes`)
    const [writer] = writers
    const [endpoint] = kubernetes.endpointsOf(WRITES)
    const astray = world.calm && writer !== undefined && endpoint?.uid !== writer.podUid && world.user.wish.there
    if (!astray) astraySince = undefined
    else astraySince ??= time.now()
    if (astraySince !== undefined && time.now() - astraySince > ASTRAY_MS)
      violate(ROUTED, `${writer?.pod} takes writes, and the Service leads to ${endpoint?.pod ?? 'nowhere'}`)
  })
  return {}
}
