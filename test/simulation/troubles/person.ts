import { KIND } from '../../../crds/mysqlcluster.ts'
import { SECOND } from '../run/clock.ts'
import { missing } from '../run/ending.ts'
import { CLUSTER, CLUSTER_KEY, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { crash, type Make } from './make.ts'

/** A person deletes the volume of one member, where it does no harm: never the one copy that is whole. */
const loseVolume = (world: SimWorld): boolean => {
  const { kubernetes, random, story, user } = world
  const claims = kubernetes.objects.list('PersistentVolumeClaim', NAMESPACE)
  if (user.wish.size === 1 || claims.length === 0 || missing(world).length > 0) return false
  const { name } = random.pick(claims).metadata
  story.tell('trouble', `deletes ${name} and its pod`)
  kubernetes.objects.delete('PersistentVolumeClaim', { namespace: NAMESPACE, name }, { by: 'person' })
  kubernetes.faults.killPod({ namespace: NAMESPACE, name: name.replace(/^data-/, '') })
  return true
}

/** Deletes the cluster, and makes it again under its name as soon as it is gone. */
export const recreate = ({ user, kubernetes }: SimWorld, size: number): void => {
  if (!user.wish.there || !user.cluster()) return
  user.wish.again = true
  user.wish.size = size
  kubernetes.onWrite(({ kind, key, after }) => {
    if (kind !== KIND || key.name !== CLUSTER || key.namespace !== CLUSTER_KEY.namespace || after || !user.wish.again)
      return
    user.wish.again = false
    queueMicrotask(() => user.wish.there && user.apply())
  })
  user.remove()
}

/** What the person does with the cluster and its data. */
export const PERSON = {
  Pause: ({ user, random, lasting }) => {
    user.patch({ paused: true })
    lasting(random.between(5, 120) * SECOND, () => user.patch({ paused: false }))
  },
  PausedOutage: (world) => {
    const { user, time, mysql, lasting } = world
    user.patch({ paused: true })
    time.after(70 * SECOND, () => {
      if (!world.calm) crash(world, mysql.members())
    })
    lasting(190 * SECOND, () => user.patch({ paused: false }))
  },
  ChangeSpec: ({ user, random, lasting }) => {
    const size = random.pick([1, 2, 3, 4, 5, 6])
    const change = random.pick<Readonly<Record<string, unknown>>>([
      { size },
      { size },
      { image: 'mysql:none' },
      { config: { max_connections: random.between(50, 500) } },
      { services: { primary: { annotations: { note: 'changed' } } } },
    ])
    // Another size may be for good.
    if ('size' in change && random.chance(0.5)) user.wish.size = size
    user.patch(change)
    lasting(random.between(5, 120) * SECOND, () =>
      user.patch({ size: user.wish.size, image: user.wish.image, config: null, services: null }),
    )
  },
  LoseVolume: (world) => void loseVolume(world),
  PurgeAndLose: (world) => {
    if (!loseVolume(world)) return
    for (const { podUid, state } of world.mysql.members()) if (state === 'ONLINE') world.mysql.faults.purge(podUid)
  },
  Delete: ({ user }) => {
    user.wish.there = false
    user.remove()
  },
  DeleteNamespace: ({ user, kubernetes }) => {
    user.wish.there = false
    kubernetes.deleteNamespace(NAMESPACE)
  },
  Recreate: (world) => recreate(world, world.user.wish.size),
  RecreateSmaller: (world) => recreate(world, Math.max(1, world.user.wish.size - 2)),
} as const satisfies Readonly<Record<string, Make>>
