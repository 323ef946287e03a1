import { type Kind, type Kinds, RESOURCES } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import { clone, type Tree } from './json.ts'
import type { Registry } from './registry.ts'
import { asOperatorError, StatusError } from './status-error.ts'
import type { Author, Store } from './store.ts'
import type { Objects, Written } from './world.ts'

const identify = ({ kind, metadata }: Written): { kind: Kind; key: ObjectKey } => {
  if (!kind || !(kind in RESOURCES) || !metadata?.name) throw new Error(`no object of ours: ${kind} ${metadata?.name}`)
  return { kind: kind as Kind, key: { namespace: metadata.namespace ?? 'default', name: metadata.name } }
}

const person = (by: string): Author => ({ by, manager: by, operation: 'Update' })

const answering = <T>(request: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    throw asOperatorError(request, error)
  }
}

/** The store for those who need no network: people, scenarios, invariants. */
export const createObjects = (store: Store, registry: Registry): Objects => ({
  get: (kind, key) => store.get(kind, key),
  list: (kind, namespace, labels) => store.list(kind, namespace, labels),

  create(object, by = 'kubectl') {
    const { kind, key } = identify(object)
    return answering(`POST ${kind} ${key.name}`, () => {
      try {
        registry.create(kind, key, clone(object) as Tree, person(by))
        return 'created'
      } catch (error) {
        if (error instanceof StatusError && error.status === 409) return 'exists'
        throw error
      }
    })
  },

  apply(object, by = 'kubectl') {
    const { kind, key } = identify(object)
    answering(`PATCH ${kind} ${key.name}`, () =>
      registry.apply(kind, key, clone(object) as Tree, { by, manager: by, operation: 'Apply' }),
    )
  },

  patch<K extends Kind>(kind: K, key: ObjectKey, body: object, by = 'kubectl'): Kinds[K] | undefined {
    return answering(`PATCH ${kind} ${key.name}`, () => {
      registry.patch(kind, key, clone(body), person(by))
      return store.get(kind, key)
    })
  },

  update(kind, key, change, by = 'kubectl') {
    const found = store.get(kind, key)
    if (!found) return false
    const changed = clone(found)
    change(changed)
    answering(`PUT ${kind} ${key.name}`, () => registry.replace(kind, key, changed as unknown as Tree, person(by)))
    return true
  },

  delete(kind, key, { force = false, orphan = false, by = 'kubectl' } = {}) {
    return answering(`DELETE ${kind} ${key.name}`, () =>
      registry.remove(kind, key, { by, orphan, ...(force ? { graceSeconds: 0 } : {}) }),
    )
  },
})
