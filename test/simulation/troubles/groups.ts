import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import { heldBeginning } from './delays.ts'
import { crash, type Make, once } from './make.ts'

const killWorkers = ({ staff }: SimWorld): void => {
  for (const worker of staff.workers()) staff.kill(worker, 'killed', 2 * SECOND)
}

/** Calls `then` with the pod that makes the next group, as it does. */
const nextGroup = (world: SimWorld, then: (pod: string) => void): void => {
  const { mysql } = world
  const before = mysql.bootstraps().length
  let done = false
  world.watch(() => {
    const made = mysql.bootstraps()[before]
    if (!made || done || world.calm) return
    done = true
    then(made.pod)
  })
}

/** After an outage of all, whoever makes the group anew dies before it could say so. */
const makerDies = (world: SimWorld): void => {
  nextGroup(world, (pod) => {
    world.story.tell('trouble', `${pod} has made the group, and the workers die`)
    killWorkers(world)
  })
  crash(world, world.mysql.members())
}

/** The first group is made, and forgotten; and when it is found, its seed restarts before it is on record. */
const forgottenGroup = (world: SimWorld): void => {
  const { mysql, staff, story, temporal } = world
  let seed = ''
  nextGroup(world, (pod) => {
    story.tell('trouble', `${pod} has made the group, the workers die, and Temporal loses its data`)
    seed = pod
    killWorkers(world)
    void temporal.forgetAll()
  })
  heldBeginning(world, 'recordGroup', (begun) => {
    const isSeed = ({ pod }: { readonly pod: string }): boolean => pod === seed
    crash(world, mysql.members().filter(isSeed))
    const isBack = (): boolean =>
      mysql.members().some((member) => isSeed(member) && member.phase === 'Running' && member.state === 'OFFLINE')
    once(world, isBack, begun.goOn)
  })
  world.lasting(240 * SECOND, () => {
    for (const worker of staff.workers()) worker.resume()
  })
}

/** Two members have what no other has, and nobody knows of it until the group is to be made again. */
export const divergeAndCrash = (world: SimWorld): void => {
  const members = world.mysql.members().filter(({ phase, state }) => phase === 'Running' && state === 'ONLINE')
  if (members.length < 2) return
  for (const { podUid } of members.slice(0, 2)) world.mysql.faults.errant(podUid)
  crash(world, world.mysql.members())
}

/** Accidents between a decision about a group and what is known of it. */
export const GROUPS = {
  MakerDies: (world) => makerDies(world),
  ForgottenGroup: (world) => forgottenGroup(world),
  DivergeAndCrash: (world) => divergeAndCrash(world),
} as const satisfies Readonly<Record<string, Make>>
