import type { Clock } from '../../../src/clock.ts'
import { type Kind, type Kinds, type ObjectMeta, RESOURCES } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import { admit, type Surroundings } from './admission.ts'
import { bookkeep, type Manager } from './apply.ts'
import { part, same, type Tree } from './json.ts'
import { WITH_GENERATION, WITH_STATUS } from './schema.ts'
import { conflict, invalid, StatusError } from './status-error.ts'
import type { Write } from './world.ts'

/** Who writes: `by` for the story, the rest for the books of server-side apply. */
export interface Author extends Manager {
  readonly by: string
}

export type Stored = Tree & { readonly metadata: ObjectMeta }

export interface Store {
  get<K extends Kind>(kind: K, key: ObjectKey): Kinds[K] | undefined
  /** In order of their names. */
  list<K extends Kind>(kind: K, namespace?: string, labels?: Readonly<Record<string, string>>): readonly Kinds[K][]
  /** Makes an object that is not there. */
  insert(kind: Kind, key: ObjectKey, object: Tree, author: Author, wanted?: Tree): void
  /** Puts `next` in the place of what is there, unless that changes nothing. Metadata that the server owns stays what it is. */
  put(kind: Kind, key: ObjectKey, next: Tree, author: Author, wanted?: Tree): void
  /** Throws what `put` would throw. */
  judge(kind: Kind, key: ObjectKey, next: Tree): void
  /** Marks an object as deleted: `marked` is it with the metadata that says so. */
  mark(kind: Kind, key: ObjectKey, marked: Stored, by: string): void
  /** Takes an object away, whatever holds it. */
  drop(kind: Kind, key: ObjectKey, by: string): void
  byUid(uid: string): Stored | undefined
  /** The resourceVersion of the last write. */
  version(): string
  readonly namespaces: Set<string>
  readonly closing: Set<string>
  readonly writes: readonly Write[]
  onWrite(listener: (write: Write) => void): void
}

export const nameOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`
export const keyOf = ({ metadata: { namespace, name } }: { metadata: ObjectMeta }): ObjectKey => ({ namespace, name })

export const hasLabels = (object: { metadata: ObjectMeta }, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(labels).every(([key, value]) => object.metadata.labels?.[key] === value)

/** RFC 3339 in whole seconds, as the API server has it. */
export const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => random.between(0, 15).toString(16)).join('')
const newUid = (random: Random): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`

/** Metadata that only the server writes. */
const SERVERS = ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const

const withoutEmpty = (metadata: Tree): Tree =>
  Object.fromEntries(
    Object.entries(metadata).filter(([, value]) => {
      const isEmpty = value !== null && typeof value === 'object' && Object.keys(value).length === 0
      return value !== undefined && value !== null && !isEmpty
    }),
  )

/** The objects of a cluster, as etcd and the registry of the API server hold them. */
export const createStore = (clock: Clock, random: Random, around: Surroundings): Store => {
  const kinds = new Map<Kind, Map<string, Stored>>()
  const uids = new Map<string, Stored>()
  const writes: Write[] = []
  const listeners: ((write: Write) => void)[] = []
  const namespaces = new Set(['default'])
  const closing = new Set<string>()
  let revision = 1000

  const table = (kind: Kind): Map<string, Stored> => {
    const found = kinds.get(kind) ?? new Map<string, Stored>()
    kinds.set(kind, found)
    return found
  }
  const commit = (kind: Kind, key: ObjectKey, after: Stored | undefined, by: string): void => {
    const before = table(kind).get(nameOf(key))
    if (before) uids.delete(before.metadata.uid)
    if (after) {
      table(kind).set(nameOf(key), after)
      uids.set(after.metadata.uid, after)
    } else table(kind).delete(nameOf(key))
    const write = { at: clock.now(), by, kind, key, ...(before ? { before } : {}), ...(after ? { after } : {}) }
    writes.push(write as Write)
    for (const listener of listeners) listener(write as Write)
  }
  const next = (): string => {
    revision += 1
    return `${revision}`
  }

  const store: Store = {
    namespaces,
    closing,
    writes,
    onWrite: (listener) => listeners.push(listener),
    version: () => `${revision}`,
    byUid: (uid) => uids.get(uid),
    get: <K extends Kind>(kind: K, key: ObjectKey) => table(kind).get(nameOf(key)) as Kinds[K] | undefined,

    list<K extends Kind>(kind: K, namespace?: string, labels: Readonly<Record<string, string>> = {}) {
      const found = [...table(kind)].filter(
        ([, object]) => (!namespace || object.metadata.namespace === namespace) && hasLabels(object, labels),
      )
      return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object as unknown as Kinds[K])
    },

    insert(kind, key, object, author, wanted) {
      if (!namespaces.has(key.namespace)) throw new StatusError(404, `namespaces "${key.namespace}" not found`)
      if (closing.has(key.namespace))
        throw new StatusError(
          403,
          `unable to create new content in namespace ${key.namespace} because it is being terminated`,
        )
      if (table(kind).has(nameOf(key)))
        throw new StatusError(409, `${RESOURCES[kind].plural} "${key.name}" already exists`)
      const { status: _, ...rest } = object
      const bare = admit(kind, WITH_STATUS.includes(kind) ? rest : object, undefined, around)
      const metadata = {
        ...withoutEmpty(part(bare, 'metadata')),
        ...key,
        uid: newUid(random),
        creationTimestamp: stamp(clock.now()),
        ...(WITH_GENERATION.includes(kind) ? { generation: 1 } : {}),
        resourceVersion: next(),
      }
      const made: Tree = { apiVersion: RESOURCES[kind].apiVersion, kind, ...bare, metadata }
      const managedFields = bookkeep(kind, undefined, made, author, stamp(clock.now()), wanted)
      commit(kind, key, { ...made, metadata: { ...metadata, managedFields } } as unknown as Stored, author.by)
    },

    put(kind, key, wantedObject, author, wanted) {
      const live = table(kind).get(nameOf(key))
      if (!live) throw new StatusError(404, `${RESOURCES[kind].plural} "${key.name}" not found`)
      const { managedFields: _, ...given } = part(wantedObject, 'metadata')
      const servers = Object.fromEntries(SERVERS.map((field) => [field, part(live, 'metadata')[field]]))
      const admitted = admit(kind, { ...wantedObject, apiVersion: live['apiVersion'], kind }, live, around)
      const metadata = withoutEmpty({ ...given, ...servers, ...key, resourceVersion: live.metadata.resourceVersion })
      const bare: Tree = { ...admitted, metadata }
      refuseNewFinalizers(kind, live, bare)
      const managedFields = bookkeep(kind, live, bare, author, stamp(clock.now()), wanted)
      const draft: Tree = { ...bare, metadata: { ...metadata, managedFields } }
      if (same(draft, live)) return
      const counts = WITH_GENERATION.includes(kind) && !same(draft['spec'], live['spec'])
      const after = {
        ...draft,
        metadata: {
          ...metadata,
          ...(counts ? { generation: (live.metadata.generation ?? 0) + 1 } : {}),
          managedFields,
          resourceVersion: next(),
        },
      } as unknown as Stored
      commit(kind, key, after, author.by)
      if (after.metadata.deletionTimestamp && !after.metadata.finalizers && kind !== 'Pod')
        store.drop(kind, key, author.by)
    },

    judge(kind, key, object) {
      admit(kind, object, table(kind).get(nameOf(key)) as unknown as Tree | undefined, around)
    },

    mark(kind, key, marked, by) {
      const metadata = { ...marked.metadata, resourceVersion: next() }
      commit(kind, key, { ...marked, metadata } as Stored, by)
    },

    drop(kind, key, by) {
      next()
      commit(kind, key, undefined, by)
    },
  }
  return store
}

const refuseNewFinalizers = (kind: Kind, live: Stored, next: Tree): void => {
  if (!live.metadata.deletionTimestamp) return
  const had = live.metadata.finalizers ?? []
  const added = ((part(next, 'metadata')['finalizers'] as string[] | undefined) ?? []).filter(
    (one) => !had.includes(one),
  )
  if (added.length > 0)
    throw invalid(
      `${kind} "${live.metadata.name}"`,
      `metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`,
    )
}

/** Throws Conflict when what a request says of the object that it means is not true of the one that is there. */
export const refuseOther = (kind: Kind, live: Stored, request: { uid?: unknown; resourceVersion?: unknown }): void => {
  const what = `${RESOURCES[kind].plural} "${live.metadata.name}"`
  const { uid, resourceVersion } = request
  if (uid !== undefined && uid !== live.metadata.uid)
    throw conflict(what, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`)
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== live.metadata.resourceVersion)
    throw conflict(what, 'the object has been modified; please apply your changes to the latest version and try again')
}
