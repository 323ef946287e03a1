import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import { askAndRefuse, decide } from './asked.ts'
import { heldBeginning } from './delays.ts'
import { divergeAndCrash } from './groups.ts'
import { crash, later, type Make, once } from './make.ts'

const SETTLES_MS = 15 * SECOND
/** Shorter than the patience with a worker. */
const HELD_MS = 10 * SECOND
const AGAIN_MS = 40 * SECOND

/** All are outside, and none holds all: a person asks for a failover. */
const diverged = (
  world: SimWorld,
  spec: Readonly<Record<string, unknown>>,
  then?: () => void,
  before?: () => void,
): void => {
  const { mysql, user } = world
  divergeAndCrash(world)
  const areOutside = (): boolean => {
    const members = mysql.members()
    const isOutside = ({ phase, state }: SimMember): boolean => phase === 'Running' && state === 'OFFLINE'
    return members.length === user.wish.size && members.every(isOutside)
  }
  once(world, areOutside, () =>
    later(world, SETTLES_MS, () => {
      before?.()
      askAndRefuse(world, spec, then)
    }),
  )
}

/** There is more to lose than what a person was shown when they say yes and, when they have asked again, when that is carried out. */
const failoverOfMore = (world: SimWorld): void => {
  const { mysql } = world
  const more = (): void => {
    const outside = mysql.members().filter(({ phase, state }) => phase === 'Running' && state === 'OFFLINE')
    for (const { podUid } of outside.slice(1)) mysql.faults.errant(podUid)
  }
  const lateYes = (): void => {
    heldBeginning(world, 'bootstrap', (begun) => {
      more()
      later(world, HELD_MS, begun.goOn)
    })
    decide(world, true)
  }
  diverged(world, { failover: {} }, () => {
    more()
    later(world, 0.5 * SECOND, () => decide(world, true))
    later(world, AGAIN_MS, () => askAndRefuse(world, { failover: {} }, lateYes))
  })
}

/** A person says yes while it is being written down what there is to see. */
const failoverUnseen = (world: SimWorld): void => {
  diverged(world, { failover: {} }, undefined, () =>
    heldBeginning(world, 'tellOperation', (begun) => {
      decide(world, true)
      later(world, 1 * SECOND, begun.goOn)
    }),
  )
}

/** A member comes back with what it alone has, and a person asks for its rebuild and then wants none. */
const rebuildOf = (world: SimWorld, prepare: (member: SimMember) => void): void => {
  const { mysql } = world
  const victim = mysql.members().find(({ role }) => role === 'SECONDARY')
  if (!victim) return
  prepare(victim)
  crash(world, [victim])
  const isBack = (): boolean =>
    mysql.members().some(({ pod, phase, state }) => pod === victim.pod && phase === 'Running' && state === 'OFFLINE')
  once(world, isBack, () => later(world, SETTLES_MS, () => askAndRefuse(world, { rebuild: { member: victim.pod } })))
}

/** What only a person may let happen, and does not. */
export const APPROVALS = {
  FailoverOfMore: failoverOfMore,
  FailoverUnseen: failoverUnseen,
  FailoverRefused: (world) => diverged(world, { failover: {} }),
  RebuildOfPromised: (world) =>
    rebuildOf(world, ({ podUid, groupName }) => world.mysql.faults.errant(podUid, groupName)),
  RebuildOfPurged: (world) =>
    rebuildOf(world, ({ podUid }) => {
      world.mysql.faults.errant(podUid)
      world.mysql.faults.purge(podUid)
    }),
} as const satisfies Readonly<Record<string, Make>>
