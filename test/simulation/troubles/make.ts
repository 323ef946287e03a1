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
