import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { APPROVALS } from './approvals.ts'
import { LATENESS } from './lateness.ts'
import { crash, later, type Make, stopControllers } from './make.ts'
import { askSwitchover } from './requests.ts'

/** When nothing is begun any more that was decided on before a pause. */
const SETTLED_MS = 70 * SECOND

const secondaries = ({ mysql }: SimWorld) => mysql.members().filter(({ role }) => role === 'SECONDARY')

/** The operator hears neither the node of a member nor the member, and the group hears it all the time. */
const unheardNode = (world: SimWorld): void => {
  const { kubernetes, mysql, lasting } = world
  const [victim] = secondaries(world)
  const node = victim && kubernetes.faults.silenceNodeOf({ namespace: NAMESPACE, name: victim.pod })
  if (!node) return
  const mend = mysql.faults.isolate(victim.podUid, 'Outside')
  // A request that comes to nothing: somebody looks at the cluster meanwhile.
  later(world, 130 * SECOND, () => askSwitchover(world, { target: victim.pod }))
  lasting(180 * SECOND, () => {
    mend()
    kubernetes.faults.repairNode(node)
  })
}

/** While the cluster is paused a person wishes for this and that, and a member and a node need help. */
const pausedWishes = (world: SimWorld): void => {
  const { mysql, user, random, lasting } = world
  const size = user.wish.size
  user.patch({ paused: true })
  later(world, SETTLED_MS, () => {
    const [one, other] = secondaries(world).toReversed()
    if (!one || !other) return
    askSwitchover(world, { target: other.pod })
    mysql.faults.errant(one.podUid)
    crash(world, [one])
    user.patch({ size: size - 1 })
  })
  later(world, SETTLED_MS + 25 * SECOND, () => user.patch({ size }))
  later(world, SETTLED_MS + 50 * SECOND, () => user.patch({ config: { max_connections: random.between(50, 500) } }))
  lasting(SETTLED_MS + 100 * SECOND, () => user.patch({ size, paused: false }))
}

/** While the cluster is paused a node goes away. */
const pausedNode = (world: SimWorld): void => {
  const { kubernetes, user, lasting } = world
  const [victim] = secondaries(world)
  const node = victim && kubernetes.faults.failNodeOf({ namespace: NAMESPACE, name: victim.pod })
  if (!node) return
  user.patch({ paused: true })
  lasting(200 * SECOND, () => {
    user.patch({ paused: false })
    kubernetes.faults.repairNode(node)
  })
}

/** The data of one cannot be read, and of all others only one is there. */
const unreadableAlone = (world: SimWorld): void => {
  const { mysql, kubernetes } = world
  const [victim, ...others] = secondaries(world)
  if (!victim) return
  stopControllers(world, 220 * SECOND)
  for (const { pod } of others) kubernetes.faults.deletePod({ namespace: NAMESPACE, name: pod })
  const isThere = (): boolean => mysql.members().some(({ podUid }) => podUid === victim.podUid)
  later(world, 20 * SECOND, () => isThere() && mysql.faults.leave(victim.podUid))
  later(world, 25 * SECOND, () => isThere() && mysql.faults.corrupt(victim.podUid))
}

/** A person asks for a member as primary that has what no other has. */
const switchoverErrant = (world: SimWorld): void => {
  const [victim] = secondaries(world)
  if (!victim) return
  world.mysql.faults.errant(victim.podUid)
  askSwitchover(world, { target: victim.pod })
}

/** Accidents in which a gate alone stands between what is asked for, or begun, and harm. */
export const GATES = {
  ...APPROVALS,
  ...LATENESS,
  UnheardNode: unheardNode,
  PausedWishes: pausedWishes,
  PausedNode: pausedNode,
  UnreadableAlone: unreadableAlone,
  SwitchoverErrant: switchoverErrant,
} as const satisfies Readonly<Record<string, Make>>

// The keys of an object that is const.
export const GATE_NAMES = Object.keys(GATES) as readonly (keyof typeof GATES)[]
