import { KIND } from '../../../crds/mysqlcluster.ts'
import type { Clock } from '../../../src/clock.ts'
import { type Kind, RESOURCES } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import { refuseUnknown } from './admission.ts'
import { applied } from './apply.ts'
import { mergePatch, part, type Tree } from './json.ts'
import { WITH_STATUS } from './schema.ts'
import { invalid, StatusError } from './status-error.ts'
import { type Author, refuseOther, type Store, type Stored, stamp } from './store.ts'

export interface Deletion {
  readonly by: string
  readonly uid?: string
  readonly resourceVersion?: string
  /** Of a pod: seconds that it gets instead of those in its spec. */
  readonly graceSeconds?: number
  /** Dependents stay, without their owner. */
  readonly orphan?: boolean
}

/** The verbs of the API server. What they refuse they throw as StatusError. */
export interface Registry {
  create(kind: Kind, key: ObjectKey, object: Tree, author: Author): void
  /** An apply of `wanted`; `author.subresource` says to which endpoint. */
  apply(kind: Kind, key: ObjectKey, wanted: Tree, author: Author, strict?: boolean): void
  /** False when there is no such object. `isDry`: only judged. */
  patch(kind: Kind, key: ObjectKey, body: object, author: Author, isDry?: boolean): boolean
  replace(kind: Kind, key: ObjectKey, object: Tree, author: Author): void
  /** False when there is no such object. */
  remove(kind: Kind, key: ObjectKey, deletion: Deletion): boolean
  /** Changes the status alone, as controllers do. False when there is no such object. */
  report(kind: Kind, key: ObjectKey, status: (status: Tree) => Tree, by: string): boolean
}

const live = (store: Store, kind: Kind, key: ObjectKey): Stored | undefined =>
  store.get(kind, key) as unknown as Stored | undefined

/** What one endpoint takes of an object: all but the status, or the status alone. */
const endpoint = (kind: Kind, object: Tree, before: Tree, subresource: string | undefined): Tree => {
  if (!WITH_STATUS.includes(kind)) return object
  const { status, ...rest } = subresource
    ? { ...before, status: object['status'] }
    : { ...object, status: before['status'] }
  return status === undefined ? rest : { ...rest, status }
}

/** What an apply to one endpoint is about. */
const relevant = (kind: Kind, wanted: Tree, subresource: string | undefined): Tree => {
  if (!WITH_STATUS.includes(kind)) return wanted
  const { status, metadata, apiVersion, kind: _, ...rest } = wanted
  return subresource ? { apiVersion, kind, ...(status ? { status } : {}) } : { apiVersion, kind, metadata, ...rest }
}

/** To a patch the uid is a field like any other: one that cannot be changed. Only elsewhere it is a precondition. */
const refuseNewUid = (kind: Kind, before: Stored, uid: unknown): void => {
  if (uid !== undefined && uid !== before.metadata.uid)
    throw invalid(`${kind} "${before.metadata.name}"`, `metadata.uid: Invalid value: "${uid}": field is immutable`)
}

export const createRegistry = (store: Store, clock: Clock): Registry => {
  const orphan = (owner: Stored, by: string): void => {
    for (const kind of Object.keys(RESOURCES) as Kind[])
      for (const object of store.list(kind, owner.metadata.namespace)) {
        const owners = object.metadata.ownerReferences
        if (!owners?.some(({ uid }) => uid === owner.metadata.uid)) continue
        const ownerReferences = owners.filter(({ uid }) => uid !== owner.metadata.uid)
        const { namespace, name } = object.metadata
        const next = { ...object, metadata: { ...object.metadata, ownerReferences } } as unknown as Tree
        store.put(kind, { namespace, name }, next, { by, manager: by, operation: 'Update' })
      }
  }

  /** Seconds that an object has left once it is deleted. */
  const graceOf = (kind: Kind, object: Stored, wanted: number | undefined): number => {
    const phase = String(part(object, 'status')['phase'])
    const isLive = kind === 'Pod' && part(object, 'spec')['nodeName'] !== undefined
    if (!isLive || ['Failed', 'Succeeded'].includes(phase)) return 0
    return wanted ?? Number(part(object, 'spec')['terminationGracePeriodSeconds'] ?? 30)
  }

  const markDeleted = (kind: Kind, key: ObjectKey, object: Stored, grace: number, by: string): void => {
    const since = object.metadata.deletionTimestamp
    const remaining = part(object, 'metadata')['deletionGracePeriodSeconds']
    if (since && (kind !== 'Pod' || Number(remaining) <= grace)) return
    const generation = object.metadata.generation
    const metadata = {
      ...object.metadata,
      deletionTimestamp: stamp(clock.now() + grace * 1000),
      deletionGracePeriodSeconds: grace,
      ...(generation && !since ? { generation: generation + 1 } : {}),
    }
    store.mark(kind, key, { ...object, metadata }, by)
  }

  return {
    create(kind, key, object, author) {
      store.insert(kind, key, object, author)
    },

    apply(kind, key, wanted, author, strict = true) {
      if (strict) refuseUnknown(kind, wanted)
      const asked = relevant(kind, wanted, author.subresource)
      const before = live(store, kind, key)
      const { uid, resourceVersion } = part(wanted, 'metadata')
      if (!before) {
        if (author.subresource) throw new StatusError(404, `${RESOURCES[kind].plural} "${key.name}" not found`)
        if (uid !== undefined || resourceVersion !== undefined)
          throw new StatusError(
            409,
            `${RESOURCES[kind].plural} "${key.name}": uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
          )
        store.insert(kind, key, { ...asked, metadata: part(wanted, 'metadata') }, author, asked)
        return
      }
      refuseOther(kind, before, { resourceVersion })
      // The status endpoint takes its metadata from what is there, but for the resourceVersion.
      if (!author.subresource) refuseNewUid(kind, before, uid)
      const next = applied(kind, before, asked, author)
      store.put(kind, key, endpoint(kind, next, before, author.subresource), author, asked)
    },

    patch(kind, key, body, author, isDry = false) {
      const before = live(store, kind, key)
      if (!before) return false
      const { uid, resourceVersion } = part(body, 'metadata')
      refuseOther(kind, before, { resourceVersion })
      refuseNewUid(kind, before, uid)
      const next = mergePatch(before, body) as Tree
      if (isDry) {
        store.judge(kind, key, next)
        return true
      }
      store.put(kind, key, endpoint(kind, next, before, author.subresource), author)
      return true
    },

    replace(kind, key, object, author) {
      const before = live(store, kind, key)
      if (!before) throw new StatusError(404, `${RESOURCES[kind].plural} "${key.name}" not found`)
      const { uid, resourceVersion } = part(object, 'metadata')
      if (kind === KIND && !resourceVersion)
        throw invalid(
          `${kind} "${key.name}"`,
          'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
        )
      refuseOther(kind, before, { uid, resourceVersion })
      store.put(kind, key, endpoint(kind, object, before, author.subresource), author)
    },

    remove(kind, key, { by, uid, resourceVersion, graceSeconds, orphan: isOrphaning }) {
      const object = live(store, kind, key)
      if (!object) return false
      refuseOther(kind, object, { uid, resourceVersion })
      if (isOrphaning) orphan(object, by)
      const grace = graceOf(kind, object, graceSeconds)
      if (grace === 0 && !object.metadata.finalizers?.length) store.drop(kind, key, by)
      else markDeleted(kind, key, object, grace, by)
      return true
    },

    report(kind, key, status, by) {
      const before = live(store, kind, key)
      if (!before) return false
      const next = { ...before, status: status(part(before, 'status')) }
      store.put(kind, key, next, { by, manager: by, operation: 'Update', subresource: 'status' })
      return true
    },
  }
}
