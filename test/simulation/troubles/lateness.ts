import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { type Held, heldBeginning } from './delays.ts'
import { crash, later, type Make, once, pauseAll } from './make.ts'
import { askSwitchover } from './requests.ts'

/** Longer than a member goes without its majority before it says so, and shorter than the patience with a worker. */
const SEEN_MS = 15 * SECOND

export const secondary = ({ mysql }: SimWorld) =>
  mysql.members().find(({ role, state }) => role === 'SECONDARY' && state === 'ONLINE')

/** All are ONLINE, and nothing is under way. */
const isQuiet = (world: SimWorld): boolean => {
  const members = world.mysql.members()
  const online = members.filter(({ state, incarnation }) => state === 'ONLINE' && incarnation !== undefined)
  return online.length === world.user.wish.size && !underWay(world).onRecord
}

/** A worker is stopped as it begins this, and goes on when what it began it for is long over. */
export const lateAct = (world: SimWorld, activity: string, then: (begun: Held) => void): void => {
  heldBeginning(world, activity, then)
  world.lasting(240 * SECOND, () => {
    for (const worker of world.staff.workers()) worker.resume()
  })
}

/** A quorum that was to be forced is there again; as it is lost anew the others live, and nobody hears them. */
const lateForce = (world: SimWorld): void => {
  const { mysql } = world
  const [first, ...others] = mysql.members().toReversed()
  if (!first || others.length < 2) return
  lateAct(world, 'forceQuorum', (begun) =>
    once(
      world,
      () => isQuiet(world),
      () => {
        pauseAll(
          world,
          mysql.members().filter(({ podUid }) => podUid !== first.podUid),
          60 * SECOND,
        )
        later(world, SEEN_MS, begun.goOn)
      },
    ),
  )
  crash(world, others)
}

/** A member that was to be made a copy is one already, and serves. */
const lateCopy = (world: SimWorld): void => {
  const victim = secondary(world)
  if (!victim) return
  lateAct(world, 'copyData', (begun) =>
    once(
      world,
      () => isQuiet(world),
      () => begun.goOn(),
    ),
  )
  world.mysql.faults.errant(victim.podUid)
  crash(world, [victim])
}

/** A node that was lost is back, and with it the member on it. */
const lateRemoval = (world: SimWorld): void => {
  const { kubernetes, lasting } = world
  const victim = secondary(world)
  const node = victim && kubernetes.faults.failNodeOf({ namespace: NAMESPACE, name: victim.pod })
  if (!node) return
  lateAct(world, 'removePod', (begun) => {
    kubernetes.faults.repairNode(node)
    once(
      world,
      () => isQuiet(world),
      () => begun.goOn(),
    )
  })
  lasting(200 * SECOND, () => kubernetes.faults.repairNode(node))
}

/** A member that was fit to take over has, since it was looked at, something of its own. */
const lateHandOver = (world: SimWorld): void => {
  const victim = secondary(world)
  if (!victim) return
  lateAct(world, 'handOver', (begun) => {
    if (world.mysql.members().some(({ podUid }) => podUid === victim.podUid)) world.mysql.faults.errant(victim.podUid)
    later(world, SEEN_MS, begun.goOn)
  })
  askSwitchover(world, { target: victim.pod })
}

/** A worker that acts on what it saw long ago: only the look right before the act is between. */
export const LATENESS = {
  LateForce: lateForce,
  LateCopy: lateCopy,
  LateRemoval: lateRemoval,
  LateHandOver: lateHandOver,
} as const satisfies Readonly<Record<string, Make>>
