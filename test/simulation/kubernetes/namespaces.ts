import { type Kind, RESOURCES } from '../../../src/kubernetes/kinds.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import type { Registry } from './registry.ts'
import { keyOf, type Store } from './store.ts'
import type { KubernetesWorld } from './world.ts'

const POLL_MS = 500
const BY = 'namespace-controller'
const KINDS = Object.keys(RESOURCES) as readonly Kind[]

/** Namespaces that come and go. One that is deleted takes nothing in, and is gone once all that is in it is gone. */
export const createNamespaces = (
  time: VirtualTime,
  story: Story,
  store: Store,
  registry: Registry,
): Pick<KubernetesWorld, 'createNamespace' | 'deleteNamespace'> => {
  /** Deletes what is in a namespace. True when nothing is left. */
  const clear = (namespace: string): boolean => {
    let left = 0
    for (const kind of KINDS)
      for (const object of store.list(kind, namespace)) {
        left += 1
        const { uid, deletionTimestamp } = object.metadata
        if (!deletionTimestamp) registry.remove(kind, keyOf(object), { by: BY, uid })
      }
    return left === 0
  }
  return {
    createNamespace(name) {
      store.namespaces.add(name)
    },
    deleteNamespace(name) {
      store.closing.add(name)
      story.tell('kubectl', `deletes namespace ${name}`)
      const empty = (): void => {
        if (!clear(name)) {
          time.after(POLL_MS, empty)
          return
        }
        store.namespaces.delete(name)
        store.closing.delete(name)
      }
      empty()
    },
  }
}
