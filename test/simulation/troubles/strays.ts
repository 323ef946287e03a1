import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { crash, later, type Make, pauseAll, primary, stopControllers } from './make.ts'
import { askSwitchover } from './requests.ts'

/** Longer than it takes the group to expel a member that it does not hear. */
const EXPELLED_MS = 14 * SECOND
/** More than a target of a switchover may have to apply. */
const BACKLOG = 2_000
const APPLIER_MS = 45 * SECOND

const secondaries = ({ mysql }: SimWorld): readonly SimMember[] =>
  mysql.members().filter(({ role }) => role === 'SECONDARY')

/** A primary was stopped so long that it is none any more; as it goes on, with what it knew, a person asks for it. */
const backFromPause = (world: SimWorld): void => {
  const first = primary(world)
  if (!first || secondaries(world).length < 2) return
  const ms = world.random.between(12, 30) * SECOND
  pauseAll(world, [first], ms, () => askSwitchover(world, { target: first.pod }))
}

/** A person asks for a member as primary that is no longer in the group. */
const switchoverAstray = (world: SimWorld): void => {
  const [victim] = secondaries(world)
  if (!victim) return
  world.lasting(45 * SECOND, world.mysql.faults.isolate(victim.podUid, 'Members'))
  later(world, EXPELLED_MS, () => askSwitchover(world, { target: victim.pod }))
}

/** A person asks for a member as primary that has much to apply yet. */
const switchoverLags = (world: SimWorld): void => {
  const { mysql, lasting } = world
  const [victim] = secondaries(world)
  const first = primary(world)
  if (!victim || !first) return
  mysql.faults.slowApplier(victim.podUid, APPLIER_MS)
  lasting(APPLIER_MS, () => {
    if (mysql.members().some(({ podUid }) => podUid === victim.podUid)) mysql.faults.slowApplier(victim.podUid, 0)
  })
  later(world, 1 * SECOND, () => {
    if (mysql.members().some(({ podUid }) => podUid === first.podUid)) mysql.faults.burst(first.podUid, BACKLOG)
    askSwitchover(world, { target: victim.pod })
  })
}

/** A person asks for one primary and, while that is under way, for another. */
const twoWishes = (world: SimWorld): void => {
  const [one, other] = secondaries(world)
  if (!one || !other) return
  askSwitchover(world, { target: one.pod })
  later(world, world.random.between(100, 900), () => askSwitchover(world, { target: other.pod }))
}

const errantOutside = (world: SimWorld): void => {
  const [victim] = secondaries(world)
  if (!victim) return
  world.mysql.faults.errant(victim.podUid)
  crash(world, [victim])
}

/** The one that has transactions of its own is outside, and of all others only one is there. */
const errantAlone = (world: SimWorld): void => {
  const { mysql, kubernetes } = world
  const [errant, ...others] = secondaries(world)
  if (!errant) return
  stopControllers(world, 90 * SECOND)
  for (const { pod } of others) kubernetes.faults.deletePod({ namespace: NAMESPACE, name: pod })
  later(world, 20 * SECOND, () => {
    if (!mysql.members().some(({ podUid, state }) => podUid === errant.podUid && state === 'ONLINE')) return
    mysql.faults.errant(errant.podUid)
    mysql.faults.leave(errant.podUid)
  })
}

const deletion = (world: SimWorld): void => {
  const { user, random } = world
  later(world, random.between(1, 20) * SECOND, () => {
    user.wish.there = false
    user.remove()
  })
}

/** Members that are not where, or what, they seem to be; and an end that leaves nothing behind. */
export const STRAYS = {
  BackFromPause: (world) => backFromPause(world),
  SwitchoverAstray: (world) => switchoverAstray(world),
  SwitchoverLags: (world) => switchoverLags(world),
  TwoWishes: (world) => twoWishes(world),
  ErrantOutside: (world) => errantOutside(world),
  ErrantAlone: (world) => errantAlone(world),
  Deletion: (world) => deletion(world),
} as const satisfies Readonly<Record<string, Make>>
