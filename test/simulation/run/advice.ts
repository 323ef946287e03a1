import { parseCluster } from '../../../activities/cluster.ts'
import { contains, union } from '../../../src/domain/gtid.ts'
import { ordinalOf } from '../../../src/domain/names.ts'
import { claimedVolumes } from '../invariants/data.ts'
import { SECOND } from './clock.ts'
import { NAMES, NAMESPACE } from './user.ts'
import type { SimWorld } from './world.ts'

const READS_AFTER_MS = 60 * SECOND

/** A person who reads the status and does what it asks for, when the evidence of the world is that only a person can. */
export const followAdvice = (world: SimWorld): (() => void) => {
  const { kubernetes, time, user, story } = world
  let since: number | undefined

  /** `RetainedVolumes`: volumes beyond the size. Who knows that they hold nothing new deletes them. */
  const deleteNeedless = (): void => {
    const set = kubernetes.objects.get('StatefulSet', { namespace: NAMESPACE, name: NAMES.statefulSet })
    const size = set?.spec?.replicas ?? 0
    const volumes = claimedVolumes(world)
    const inside = union(...volumes.filter(({ claim }) => ordinalOf(claim) < size).map(({ holds }) => holds))
    for (const { metadata } of kubernetes.objects.list('PersistentVolumeClaim', NAMESPACE)) {
      const beyond = ordinalOf(metadata.name) >= size
      const holds = volumes.find(({ claim }) => claim === metadata.name)?.holds ?? new Map()
      if (!beyond || !contains(inside, holds)) continue
      story.tell('person', `deletes ${metadata.name}, which holds nothing that the members lack`)
      kubernetes.objects.delete(
        'PersistentVolumeClaim',
        { namespace: NAMESPACE, name: metadata.name },
        { by: 'person' },
      )
    }
  }

  return () => {
    const found = user.cluster()
    const reason = found && parseCluster(found).status?.conditions?.find(({ type }) => type === 'Healthy')?.reason
    since = reason === 'RetainedVolumes' ? (since ?? time.now()) : undefined
    if (since === undefined || time.now() - since < READS_AFTER_MS) return
    since = undefined
    deleteNeedless()
  }
}
