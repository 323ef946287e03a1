import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import { crash, type Make, member, primary } from './make.ts'

const pause = (world: SimWorld, victim: SimMember | undefined): void => {
  if (victim?.phase !== 'Running') return
  world.mysql.faults.pause(victim.podUid)
  world.lasting(world.random.between(2, 60) * SECOND, () => {
    if (world.mysql.members().some(({ podUid, phase }) => podUid === victim.podUid && phase === 'Paused'))
      world.mysql.faults.resume(victim.podUid)
  })
}

/** What befalls mysqld and its network. */
export const MEMBERS = {
  KillMember: (world) => {
    const victim = member(world)
    if (victim) crash(world, [victim])
  },
  CrashAll: (world) => crash(world, world.mysql.members()),
  CrashMajority: (world) => {
    const members = world.mysql.members()
    crash(world, members.slice(0, Math.floor(members.length / 2) + 1))
  },
  PauseMember: (world) => pause(world, member(world)),
  PausePrimary: (world) => pause(world, primary(world)),
  Isolate: (world) => {
    const victim = (world.random.chance(0.5) ? primary(world) : undefined) ?? member(world)
    if (!victim) return
    const from = world.random.pick(['Members', 'Outside', 'Everybody'] as const)
    world.story.tell('trouble', `isolates ${victim.pod} from ${from}`)
    world.lasting(world.random.between(3, 90) * SECOND, world.mysql.faults.isolate(victim.podUid, from))
  },
  Partition: (world) => {
    const members = world.mysql.members().map(({ podUid }) => podUid)
    const cut = world.random.between(1, Math.max(1, members.length - 1))
    const mend = world.mysql.faults.partition(members.slice(0, cut), members.slice(cut))
    world.lasting(world.random.between(3, 90) * SECOND, mend)
  },
  SlowApplier: (world) => {
    const victim = member(world)
    if (victim) world.mysql.faults.slowApplier(victim.podUid, world.random.between(50, 2_000))
  },
  Errant: (world) => {
    const victim = world.mysql.members().find(({ role }) => role === 'SECONDARY')
    if (!victim) return
    world.mysql.faults.errant(victim.podUid)
    if (world.random.chance(0.7)) crash(world, [victim])
  },
} as const satisfies Readonly<Record<string, Make>>
