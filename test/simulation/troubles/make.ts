import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'

/** Makes a trouble. What lasts is ended by itself after a while, and at the latest when the troubles are over. */
export type Make = (world: SimWorld) => void | Promise<void>

export const member = ({ mysql, random }: SimWorld): SimMember | undefined => {
  const members = mysql.members()
  return members.length > 0 ? random.pick(members) : undefined
}
export const primary = ({ mysql }: SimWorld): SimMember | undefined =>
  mysql.members().find(({ acknowledges }) => acknowledges)

export const onPod =
  (act: (world: SimWorld, key: { namespace: string; name: string }) => void): Make =>
  (world) => {
    const pods = world.kubernetes.objects.list('Pod', NAMESPACE)
    if (pods.length > 0) act(world, { namespace: NAMESPACE, name: world.random.pick(pods).metadata.name })
  }

export const crash = (world: SimWorld, members: readonly SimMember[]): void => {
  for (const { podUid, phase } of members) if (phase !== 'Initialising') world.mysql.faults.crash(podUid)
}

const LOOK_MS = 1 * SECOND

/** Looks once a second, until `act` has been done or the troubles are over. */
export const once = (world: SimWorld, due: () => boolean, act: () => void): void => {
  if (world.calm) return
  if (due()) act()
  else world.time.after(LOOK_MS, () => once(world, due, act))
}

/** Does something after `ms`, unless the troubles are over. */
export const later = (world: SimWorld, ms: number, act: () => void): void => {
  world.time.after(ms, () => (world.calm ? undefined : act()))
}

/** No pod is made anew for `ms`. */
export const stopControllers = ({ kubernetes: { faults }, lasting }: SimWorld, ms: number): void => {
  faults.controllersStopped = true
  lasting(ms, () => {
    faults.controllersStopped = false
  })
}

/** SIGSTOP for all of these; `then` comes once they go on, unless the troubles are over. */
export const pauseAll = (world: SimWorld, victims: readonly SimMember[], ms: number, then?: () => void): void => {
  const { mysql, lasting } = world
  const running = victims.filter(({ phase }) => phase === 'Running').map(({ podUid }) => podUid)
  for (const podUid of running) mysql.faults.pause(podUid)
  lasting(ms, () => {
    for (const { podUid, phase } of mysql.members())
      if (phase === 'Paused' && running.includes(podUid)) mysql.faults.resume(podUid)
    if (!world.calm) then?.()
  })
}

const ALONE_MS = 20 * SECOND
const WRITING_MS = 5 * SECOND

/** While no pod is made anew, one member goes on alone, and alone has what is written then; after that comes `then`. */
export const goesOnAlone = (world: SimWorld, last: SimMember, then: () => void): void => {
  const { kubernetes, mysql, time } = world
  const { faults } = kubernetes
  faults.controllersStopped = true
  for (const { pod, podUid } of mysql.members())
    if (podUid !== last.podUid) faults.deletePod({ namespace: NAMESPACE, name: pod })
  // The Services stand still, too: a client that knows its address writes.
  time.after(ALONE_MS, () => world.calm || void mysql.write(last.ip))
  world.lasting(ALONE_MS + WRITING_MS, () => {
    faults.controllersStopped = false
    if (!world.calm) then()
  })
}
