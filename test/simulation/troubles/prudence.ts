import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { secondary } from './lateness.ts'
import { later, type Make } from './make.ts'

/** Starts that end, beside the one that found it: fewer than it takes to be believed. */
const STARTS = 1
/** When its group has expelled a member, and nobody has noticed yet that its node is gone for good. */
const EXPELLED_MS = 25 * SECOND

/** Before anybody has them join again. */
const LEFT_MS = 1 * SECOND
const ALONE_MS = 180 * SECOND

/** The disk of a member gives nonsense for a moment. */
const unreadableOnce = (world: SimWorld): void => {
  const victim = secondary(world)
  if (!victim) return
  world.mysql.faults.corrupt(victim.podUid, STARTS)
}

/** A node is lost, and then the others leave their group until one goes on alone, and nobody reaches them. */
const nodeLostAlone = (world: SimWorld): void => {
  const { kubernetes, mysql, lasting } = world
  const victim = secondary(world)
  const node = victim && kubernetes.faults.failNodeOf({ namespace: NAMESPACE, name: victim.pod })
  if (!node) return
  later(world, EXPELLED_MS, () => {
    const others = mysql
      .members()
      .filter(({ role, state, podUid }) => role === 'SECONDARY' && state === 'ONLINE' && podUid !== victim.podUid)
    for (const { podUid } of others) mysql.faults.leave(podUid)
    later(world, LEFT_MS, () => {
      for (const { podUid } of others) lasting(ALONE_MS, mysql.faults.isolate(podUid, 'Everybody'))
    })
  })
  lasting(ALONE_MS, () => kubernetes.faults.repairNode(node))
}

/** Where haste would do harm: what looks lost is not. */
export const PRUDENCE = {
  UnreadableOnce: unreadableOnce,
  NodeLostAlone: nodeLostAlone,
} as const satisfies Readonly<Record<string, Make>>
