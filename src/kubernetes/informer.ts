import type { Logger } from 'pino'
import { refusal } from './answer.ts'
import type { Send } from './client.ts'
import { collectionPath, type Kind, type Kinds, RESOURCES } from './kinds.ts'
import { watch } from './watch.ts'

const RELIST_MS = 10 * 60_000
const MAX_BACKOFF_MS = 30_000
const GONE = 410

export interface InformerOptions<K extends Kind> {
  readonly kind: K
  /** All namespaces when absent. */
  readonly namespace?: string
  readonly labelSelector?: string
  /** Called after the cache has changed. It must not throw. */
  readonly onChange: (change: 'set' | 'delete', object: Kinds[K]) => void
}

/** A cache of a collection that follows it. Objects in it are shared: nobody may change them. */
export interface Informer<K extends Kind> {
  /** Resolves once the first list has been read. */
  readonly synced: Promise<void>
  get(namespace: string, name: string): Kinds[K] | undefined
  list(): readonly Kinds[K][]
  /** Epoch milliseconds at which the API server was last heard of. */
  lastHeard(): number
}

const keyOf = (object: { metadata: { namespace: string; name: string } }): string =>
  `${object.metadata.namespace}/${object.metadata.name}`

/**
 * Follows a collection until `signal` aborts: list, watch, and list again when the watch has expired (410), every
 * ten minutes as a safety net, and after any failure, with backoff and full jitter. Losses show as changes of the next list.
 */
export const startInformer = <K extends Kind>(
  send: Send,
  options: InformerOptions<K>,
  log: Logger,
  signal: AbortSignal,
): Informer<K> => {
  const { kind, labelSelector, onChange } = options
  const path = collectionPath(kind, options.namespace)
  const query: Record<string, string> = labelSelector ? { labelSelector } : {}
  const cache = new Map<string, Kinds[K]>()
  const { promise: synced, resolve: sync } = Promise.withResolvers<void>()
  let heardAt = 0

  const set = (object: Kinds[K]): void => {
    const known = cache.get(keyOf(object))
    if (
      known?.metadata.uid === object.metadata.uid &&
      known.metadata.resourceVersion === object.metadata.resourceVersion
    )
      return
    cache.set(keyOf(object), object)
    onChange('set', object)
  }
  const remove = (object: Kinds[K]): void => {
    if (cache.delete(keyOf(object))) onChange('delete', object)
  }

  /** Reads the whole collection and resolves with its resourceVersion. */
  const list = async (): Promise<string> => {
    const found = new Map<string, Kinds[K]>()
    let next = ''
    let resourceVersion = ''
    do {
      const response = await send({
        method: 'GET',
        path,
        query: { ...query, limit: '500', ...(next ? { continue: next } : {}) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
      })
      if (!response.ok) throw refusal(`LIST ${path}`, response.status, await response.text())
      const page = (await response.json()) as {
        items: Kinds[K][]
        metadata: { resourceVersion: string; continue?: string }
      }
      // Items of a list have neither apiVersion nor kind, objects of a watch do.
      for (const item of page.items) found.set(keyOf(item), { ...item, apiVersion: RESOURCES[kind].apiVersion, kind })
      next = page.metadata.continue ?? ''
      resourceVersion = page.metadata.resourceVersion
    } while (next)
    for (const [key, object] of cache) if (!found.has(key)) remove(object)
    for (const object of found.values()) set(object)
    heardAt = Date.now()
    return resourceVersion
  }

  /** Follows the collection from `resourceVersion` until a new list is due. */
  const follow = async (resourceVersion: string, until: number): Promise<void> => {
    let from = resourceVersion
    while (!signal.aborted && Date.now() < until) {
      for await (const event of watch(send, path, query, from, signal)) {
        heardAt = Date.now()
        if (event.type === 'ERROR') {
          if (event.object.code === GONE) return
          throw new Error(`watch of ${path} ended with code ${event.object.code}`)
        }
        from = event.object.metadata.resourceVersion
        // The path that is watched serves this kind only.
        if (event.type === 'DELETED') remove(event.object as unknown as Kinds[K])
        else if (event.type !== 'BOOKMARK') set(event.object as unknown as Kinds[K])
      }
    }
  }

  const run = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      try {
        const resourceVersion = await list()
        sync()
        failures = 0
        await follow(resourceVersion, Date.now() + RELIST_MS)
      } catch (err) {
        if (signal.aborted) return
        failures += 1
        log.warn({ err, kind, failures }, 'watch failed, listing again')
        const bound = Math.min(MAX_BACKOFF_MS, 250 * 2 ** failures)
        await new Promise((resolve) => setTimeout(resolve, Math.random() * bound))
      }
    }
  }
  void run()

  return {
    synced,
    get: (namespace, name) => cache.get(`${namespace}/${name}`),
    list: () => [...cache.values()],
    lastHeard: () => heardAt,
  }
}
