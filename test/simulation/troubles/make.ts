import type { SimMember } from '../mysql/world.ts'
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
