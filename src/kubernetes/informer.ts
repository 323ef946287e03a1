import type { Logger } from 'pino'
import { sleep, systemClock } from '../clock.ts'
import { refusal } from './answer.ts'
import type { Send } from './client.ts'
import { collectionPath, type Kind, type Kinds, RESOURCES } from './kinds.ts'
import { SILENCE_MS, watch } from './watch.ts'

const RELIST_MS = 10 * 60_000
const MAX_BACKOFF_MS = 30_000
/** A watch that lasted so long worked: what ends it is no failure on top of those before. */
const LASTING_MS = 10_000
/** A watch that ends without a word before this time did not work. */
const SHORT_MS = 1_000

export interface InformerOptions<K extends Kind> {
  readonly kind: K
  /** All namespaces when absent. */
  readonly namespace?: string
  readonly labelSelector?: string
  /** Called after the cache has changed, and never once `signal` has aborted. It must not throw. */
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
 * Follows a collection until `signal` aborts: list, watch, and list again every ten minutes as a safety net, and with
 * backoff and full jitter when the watch has expired (410), breaks, or goes silent. Losses show as changes of the next list.
 */
export const startInformer = <K extends Kind>(
  send: Send,
  options: InformerOptions<K>,
  log: Logger,
  signal: AbortSignal,
  silenceMs = SILENCE_MS,
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
    // Deleted and made again while we did not look: whoever follows the one must let go of it.
    if (known && known.metadata.uid !== object.metadata.uid) remove(known)
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
    signal.throwIfAborted()
    for (const [key, object] of cache) if (!found.has(key)) remove(object)
    for (const object of found.values()) set(object)
    heardAt = Date.now()
    return resourceVersion
  }

  /** Follows the collection from `resourceVersion` until a new list is due. */
  const follow = async (resourceVersion: string, until: number): Promise<void> => {
    let from = resourceVersion
    while (!signal.aborted && Date.now() < until) {
      const began = Date.now()
      for await (const event of watch(send, path, query, from, signal, silenceMs)) {
        // What was received already is still read after the abort.
        if (signal.aborted) return
        heardAt = Date.now()
        if (event.type === 'ERROR') throw new Error(`watch of ${path} ended with code ${event.object.code}`)
        from = event.object.metadata.resourceVersion
        // The path that is watched serves this kind only.
        if (event.type === 'DELETED') remove(event.object as unknown as Kinds[K])
        else if (event.type !== 'BOOKMARK') set(event.object as unknown as Kinds[K])
      }
      const silent = heardAt < began
      if (silent && Date.now() - began < SHORT_MS) throw new Error(`watch of ${path} ended at once`)
    }
  }

  const run = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      let listedAt = Number.POSITIVE_INFINITY
      try {
        const resourceVersion = await list()
        sync()
        listedAt = Date.now()
        await follow(resourceVersion, listedAt + RELIST_MS)
        failures = 0
      } catch (err) {
        if (signal.aborted) return
        failures = Date.now() - listedAt > LASTING_MS ? 1 : failures + 1
        log.warn({ err, kind, failures }, 'watch failed, listing again')
        const bound = Math.min(MAX_BACKOFF_MS, 250 * 2 ** failures)
        await sleep(systemClock, Math.random() * bound, signal)
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
