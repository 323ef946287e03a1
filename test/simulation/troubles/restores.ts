import { askForBackup, backupNow, isCompleted } from '../run/backups.ts'
import { SECOND } from '../run/clock.ts'
import { CLUSTER, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { type Make, once } from './make.ts'

const LOOK_MS = 1 * SECOND

/** What a person does who wants nothing of the old cluster but its backup. */
const clearClaims = ({ kubernetes }: SimWorld): boolean => {
  const claims = kubernetes.objects
    .list('PersistentVolumeClaim', NAMESPACE)
    .filter(({ metadata }) => metadata.name.startsWith(`data-${CLUSTER}-`))
  for (const { metadata } of claims)
    if (!metadata.deletionTimestamp) kubernetes.objects.delete('PersistentVolumeClaim', metadata, { by: 'person' })
  return claims.length === 0
}

/** Once the old one is gone, with its data, makes the cluster from the backup; also when the troubles are over meanwhile. */
const applyWhenGone = (world: SimWorld, backup: string): void => {
  const { user, time } = world
  if (!user.wish.there) return
  const isGone = user.cluster() === undefined && clearClaims(world)
  if (isGone) user.apply({ restoreFrom: { backup } })
  else time.after(LOOK_MS, () => applyWhenGone(world, backup))
}

/** The pod of the restore is deleted once, in every other story. */
const disturb = (world: SimWorld): void => {
  const { kubernetes, random, story } = world
  const pod = () =>
    kubernetes.objects.list('Pod', NAMESPACE).find(({ metadata }) => metadata.name.startsWith(`${CLUSTER}-restore-`))
  once(
    world,
    () => pod()?.status?.phase === 'Running',
    () => {
      const name = pod()?.metadata.name ?? ''
      story.tell('trouble', `${name} ends`)
      kubernetes.faults[random.pick(['crashContainer', 'deletePod', 'killPod'] as const)]({
        namespace: NAMESPACE,
        name,
      })
    },
  )
}

/** A cluster is deleted with its data, and made again from its backup. */
export const restoreAnew: Make = (world) => {
  const backup = askForBackup(world)
  if (!backup) return
  once(
    world,
    () => isCompleted(world, backup),
    () => {
      if (!world.user.wish.there || world.user.wish.again || !world.user.cluster()) return
      if (!backupNow(world, backup)) return
      world.user.remove()
      if (world.random.chance(0.5)) disturb(world)
      applyWhenGone(world, backup.metadata.name)
    },
  )
}
