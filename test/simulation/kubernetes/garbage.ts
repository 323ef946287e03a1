import type { Clock } from '../../../src/clock.ts'
import { type Kind, RESOURCES } from '../../../src/kubernetes/kinds.ts'
import type { Random } from '../world/random.ts'
import type { Tree } from './json.ts'
import type { Registry } from './registry.ts'
import type { Store } from './store.ts'
import { keyOf } from './store.ts'
import { createWorkqueue } from './workqueue.ts'

const BY = 'garbage-collector'
/** Kinds that are owned. Events are many, and nobody owns them. */
const OWNED = (Object.keys(RESOURCES) as Kind[]).filter((kind) => kind !== 'Event')

/**
 * Deletes what has owners that are all gone, in the background. An owner is known by its uid alone: another object of its
 * name is not it.
 */
export const startGarbageCollector = (
  clock: Clock,
  random: Random,
  store: Store,
  registry: Registry,
  mayWork: () => boolean,
): void => {
  const collect = (uid: string): void => {
    const object = store.byUid(uid)
    const owners = object?.metadata.ownerReferences ?? []
    if (!object || owners.length === 0) return
    const living = owners.filter((owner) => store.byUid(owner.uid))
    const kind = object['kind'] as Kind
    if (living.length === 0) registry.remove(kind, keyOf(object), { by: BY, uid })
    else if (living.length < owners.length) {
      const metadata = { ...object.metadata, ownerReferences: living }
      store.put(kind, keyOf(object), { ...object, metadata } as Tree, { by: BY, manager: BY, operation: 'Update' })
    }
  }
  const queue = createWorkqueue(clock, random, { from: 20, to: 1_000 }, mayWork, collect)

  store.onWrite(({ before, after }) => {
    if (after) {
      if (after.metadata.ownerReferences?.some(({ uid }) => !store.byUid(uid))) queue.add(after.metadata.uid)
      return
    }
    const gone = before?.metadata.uid
    for (const kind of OWNED)
      for (const { metadata } of store.list(kind))
        if (metadata.ownerReferences?.some(({ uid }) => uid === gone)) queue.add(metadata.uid)
  })
}
