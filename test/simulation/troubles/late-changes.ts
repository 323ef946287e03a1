import { ordinalOf } from '../../../src/domain/names.ts'
import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import type { SimWorld } from '../run/world.ts'
import { lateAct } from './lateness.ts'
import { later, type Make, pauseAll } from './make.ts'

/** Until what a person wishes now is what the operator reads. */
const READ_MS = 2 * SECOND
/** When nobody remembers that something else was wished for. */
const FORGOTTEN_MS = 60 * SECOND
/** A look takes 3 s when a member is silent. Its group has not expelled it then. */
const COUNTED_MS = 2 * SECOND
/** It has been expelled for long, and the worker is not taken for dead. */
const EXPELLED_MS = 15 * SECOND
const PAUSED_MS = 60 * SECOND

const secondaries = ({ mysql }: SimWorld): readonly SimMember[] =>
  mysql
    .members()
    .filter(({ role, state }) => role === 'SECONDARY' && state === 'ONLINE')
    .toSorted((a, b) => ordinalOf(a.pod) - ordinalOf(b.pod))

/** A person wants one member less, and does not any more as soon as somebody is about to do this for it. */
const lateFewer = (world: SimWorld, activity: string): void => {
  const { user } = world
  const { size } = user.wish
  lateAct(world, activity, (begun) => {
    user.patch({ size })
    later(world, FORGOTTEN_MS, begun.goOn)
  })
  user.patch({ size: size - 1 })
}

/** As a member is about to be taken away, for whatever reason, another one falls silent. */
const lateSilence = (world: SimWorld, activity: string, ms: number, begin: () => void): void => {
  lateAct(world, activity, (begun) => {
    const subject = underWay(world).onRecord?.subject
    const other = secondaries(world).find(({ pod }) => pod !== subject)
    if (other) pauseAll(world, [other], PAUSED_MS)
    later(world, ms, begun.goOn)
  })
  begin()
}

const changeConfig = ({ user, random }: SimWorld): void =>
  user.patch({ config: { max_connections: random.fork('late').between(50, 500) } })

/** What is declared was tried, and as it is about to be taken over something else is declared. */
const lateRelease = (world: SimWorld): void => {
  const { user, lasting } = world
  lateAct(world, 'release', (begun) => {
    user.patch({ image: 'mysql:none' })
    later(world, READ_MS, begun.goOn)
  })
  changeConfig(world)
  lasting(120 * SECOND, () => user.patch({ image: user.wish.image }))
}

/** A member that is ONLINE alone holds something, and as it is about to leave its group another one falls silent. */
const lateLeave = (world: SimWorld): void => {
  const { mysql } = world
  const victim = secondaries(world).at(-1)
  if (victim) lateSilence(world, 'leaveGroup', COUNTED_MS, () => mysql.faults.errant(victim.podUid))
}

/** One is cut off from the others, which have expelled it, and answers the operator as if nothing was. */
const rollBesideIsolated = (world: SimWorld): void => {
  // The last one is renewed first.
  const [victim] = secondaries(world)
  if (!victim) return
  world.lasting(PAUSED_MS, world.mysql.faults.isolate(victim.podUid, 'Members'))
  later(world, EXPELLED_MS, () => changeConfig(world))
}

/** A worker that changes members by what it saw before something else happened. */
export const LATE_CHANGES = {
  LateDismiss: (world) => lateFewer(world, 'dismiss'),
  LateResize: (world) => lateFewer(world, 'resize'),
  LateRenew: (world) => lateSilence(world, 'renew', EXPELLED_MS, () => changeConfig(world)),
  LateRelease: lateRelease,
  LateLeave: lateLeave,
  RollBesideIsolated: rollBesideIsolated,
} as const satisfies Readonly<Record<string, Make>>
