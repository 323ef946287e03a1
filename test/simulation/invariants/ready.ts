import { SECOND } from '../run/clock.ts'
import { WRITES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'Ready is told only of a cluster of which a member took writes a moment before it was looked at'
const LED = 'Ready is told only once the write Service leads somewhere'
/** A member is silent for 6 s until it is suspected, and for one more until the group goes on without it. */
const UNNOTICED_MS = 9 * SECOND
/** Of several that go on at once one may take the others for dead; they leave, and that they are silent is noticed after that. */
const ASTRAY_MS = 2 * UNNOTICED_MS

/** What is published, judged by the truth at the time of the look that it follows from. */
export const readyIsTrue = (world: SimWorld): Invariant => {
  const { time, violate } = world
  /** From when to when members took writes. */
  const served: { readonly from: number; until: number }[] = []
  let serving = false
  /** When a member went on that was stopped: it takes a while until it sees who is silent. */
  let resumedAt = 0
  let stopped: readonly string[] = []
  let lookedAt = 0
  /** The write Service has led somewhere since its cluster was made. */
  let hasLed = false

  world.watch((members) => {
    const now = members.some(({ acknowledges }) => acknowledges)
    const last = served.at(-1)
    if (now && serving && last) last.until = time.now()
    else if (now) served.push({ from: time.now(), until: time.now() })
    serving = now
    if (members.some(({ podUid, phase }) => phase !== 'Paused' && stopped.includes(podUid))) resumedAt = time.now()
    stopped = members.filter(({ phase }) => phase === 'Paused').map(({ podUid }) => podUid)
  })
  world.kubernetes.onRouted(({ namespace, name }, endpoints) => {
    if (namespace === WRITES.namespace && name === WRITES.name) hasLed ||= endpoints.length > 0
  })
  const wereServed = (at: number): boolean =>
    served.some(({ from, until }) => until >= at - UNNOTICED_MS && from <= at + UNNOTICED_MS)

  world.onHistory((what, text) => {
    const taken = what === 'the result of gather' ? /"takenAt":(\d+)/.exec(text.replaceAll('\\', '')) : null
    if (taken) lookedAt = Number(taken[1])
    if (what !== 'a command' || lookedAt === 0) return
    const said = text.replaceAll('\\', '')
    if (!said.includes('"activityType":"publish"') || !said.includes('"ready":true')) return
    if (!hasLed) violate(LED, 'no connection to it was ever taken')
    if (!wereServed(lookedAt) && lookedAt - resumedAt > ASTRAY_MS)
      violate(RULE, `it was looked at at ${new Date(lookedAt).toISOString()}`)
  })
  return {}
}
