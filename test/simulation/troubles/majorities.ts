import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { crash, later, type Make, pauseAll, primary, stopControllers } from './make.ts'

/** Shorter than it takes the group to expel a member that it does not hear. */
const UNHEARD_MS = 3_500

const majorityOf = (members: readonly SimMember[]): number => Math.floor(members.length / 2) + 1

/** More than half of the members, and not all. */
const most = ({ mysql }: SimWorld): readonly SimMember[] => {
  const members = mysql.members()
  return members.length < 3 ? [] : members.slice(0, majorityOf(members))
}

/** What a majority has decided without this one is on their volumes alone when they restart. */
const minorityLags = (world: SimWorld): void => {
  const { mysql } = world
  const first = primary(world)
  const last = mysql.members().findLast(({ role }) => role === 'SECONDARY')
  if (!first || !last) return
  const mend = mysql.faults.isolate(last.podUid, 'Members')
  later(world, 1 * SECOND, () => void mysql.write(first.ip))
  world.lasting(UNHEARD_MS, () => {
    if (!world.calm)
      crash(
        world,
        mysql.members().filter(({ podUid }) => podUid !== last.podUid),
      )
    mend()
  })
}

/** Of a group of an even number one half is stopped, and a pod that has nothing to do with it comes back meanwhile. */
const halfIsLeft = (world: SimWorld): void => {
  const { mysql, kubernetes } = world
  const secondaries = mysql.members().filter(({ role }) => role === 'SECONDARY')
  const [gone, ...others] = secondaries.toReversed()
  if (!gone || secondaries.length % 2 === 1) return
  stopControllers(world, 29 * SECOND)
  kubernetes.faults.deletePod({ namespace: NAMESPACE, name: gone.pod })
  later(world, 20 * SECOND, () => pauseAll(world, others.slice(0, secondaries.length / 2), 60 * SECOND))
}

/** Accidents in which it matters who is a majority, and what the others hold. */
export const MAJORITIES = {
  MajorityRestarts: (world) => crash(world, most(world)),
  MajorityVanishes: (world) => pauseAll(world, most(world), world.random.between(30, 90) * SECOND),
  MinorityLags: (world) => minorityLags(world),
  HalfIsLeft: (world) => halfIsLeft(world),
} as const satisfies Readonly<Record<string, Make>>
