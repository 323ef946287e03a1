import type { SimMember } from '../mysql/world.ts'
import { SECOND } from '../run/clock.ts'
import type { SimWorld } from '../run/world.ts'
import { crash, later, type Make } from './make.ts'
import { askSwitchover } from './requests.ts'

const resize = ({ user }: SimWorld, size: number): void => {
  user.wish.size = size
  user.patch({ size })
}

/** The member of the highest ordinal, which is the first to go. */
const lastOf = ({ mysql, user }: SimWorld): SimMember | undefined =>
  mysql.members().find(({ pod }) => pod.endsWith(`-${user.wish.size - 1}`))

/** The first that has to go is the primary by then, and another one goes after it. */
const scaleInPrimary = (world: SimWorld): void => {
  const last = lastOf(world)
  if (!last) return
  askSwitchover(world, { target: last.pod })
  later(world, 30 * SECOND, () => resize(world, Math.max(1, world.user.wish.size - 2)))
}

/** The one that has to go alone holds something, and is outside. */
const scaleInErrant = (world: SimWorld): void => {
  const last = lastOf(world)
  if (last?.role !== 'SECONDARY') return
  world.mysql.faults.errant(last.podUid)
  crash(world, [last])
  resize(world, world.user.wish.size - 1)
}

/** The primary has been the primary for a while, and the others could have taken over for as long. */
const roll = (world: SimWorld): void => {
  const { user, random } = world
  later(world, 45 * SECOND, () => user.patch({ config: { max_connections: random.between(50, 500) } }))
}

const errantOnline = ({ mysql }: SimWorld): void => {
  const victim = mysql.members().find(({ role, state }) => role === 'SECONDARY' && state === 'ONLINE')
  if (victim) mysql.faults.errant(victim.podUid)
}

/** A person changes what is declared, and one rule alone keeps the change from doing harm. */
export const CHANGES = {
  ScaleInPrimary: (world) => scaleInPrimary(world),
  ScaleInErrant: (world) => scaleInErrant(world),
  ScaleOut: (world) => resize(world, world.user.wish.size + 2),
  Roll: (world) => roll(world),
  UnknownImage: ({ user, lasting }) => {
    user.patch({ image: 'mysql:none' })
    lasting(90 * SECOND, () => user.patch({ image: user.wish.image }))
  },
  ErrantOnline: (world) => errantOnline(world),
} as const satisfies Readonly<Record<string, Make>>

export type ChangeTrouble = keyof typeof CHANGES
// The keys of an object that is const.
export const CHANGE_NAMES = Object.keys(CHANGES) as readonly ChangeTrouble[]
