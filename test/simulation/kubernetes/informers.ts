import type { Informer } from '../../../src/kubernetes/informer.ts'
import type { Kind, Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ScopedOptions } from '../../../src/kubernetes/scope.ts'
import { SILENCE_MS } from '../../../src/kubernetes/watch.ts'
import type { Network, Process } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import { hasLabels, nameOf, type Store } from './store.ts'
import type { Write } from './world.ts'

/** As the real informer has them. */
const RELIST_MS = 10 * 60_000
const MAX_BACKOFF_MS = 30_000
/** The API server sends a bookmark about so often. */
const BOOKMARK_MS = 60_000

export interface Wire {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly network: Network
  readonly store: Store
}

const labelsOf = (selector = ''): Readonly<Record<string, string>> =>
  Object.fromEntries(
    selector
      .split(',')
      .filter((term) => term !== '')
      .map((term) => term.split('=') as [string, string]),
  )

/**
 * A cache of a collection, of all namespaces: it lists, then hears of each change in order, each with the delay of its fate.
 * A fate that is not 'Passes' ends the watch (see README.md), and the cache is stale until it has listed again.
 */
export const startInformer = <K extends Kind>(
  { time, random, story, network, store }: Wire,
  caller: Process,
  { kind, labelSelector, onChange }: ScopedOptions<K>,
): Informer<K> => {
  const labels = labelsOf(labelSelector)
  const cache = new Map<string, Kinds[K]>()
  const { promise: synced, resolve: sync } = Promise.withResolvers<void>()
  let heardAt = 0
  /** Counts watches: what is on its way in an earlier one is lost with it. */
  let watch = 0
  let open: { next: number; last: number } | undefined
  let failures = 0

  const set = (object: Kinds[K]): void => {
    const known = cache.get(nameOf(object.metadata))
    if (
      known &&
      known.metadata.uid === object.metadata.uid &&
      known.metadata.resourceVersion === object.metadata.resourceVersion
    )
      return
    cache.set(nameOf(object.metadata), object)
    onChange('set', object)
  }
  const remove = (object: Kinds[K]): void => {
    if (cache.delete(nameOf(object.metadata))) onChange('delete', object)
  }

  const again = (why: string, ms: number): void => {
    if (!caller.alive()) return
    watch += 1
    open = undefined
    story.tell(caller.name, `watch of ${kind}: ${why}`)
    time.after(ms, () => {
      if (caller.alive()) void list()
    })
  }
  const backoff = (): number => {
    failures += 1
    return random.between(0, Math.min(MAX_BACKOFF_MS, 250 * 2 ** failures))
  }

  const list = async (): Promise<void> => {
    try {
      const { items, next } = await network.call({
        caller,
        receiver: 'kubernetes',
        what: `LIST ${kind} *`,
        effect: () => ({ items: store.list(kind, undefined, labels), next: store.writes.length }),
        noAnswer: () => new Error('no answer'),
        refuse: (code) => new Error(`HTTP ${code}`),
      })
      const found = new Map(items.map((item) => [nameOf(item.metadata), item]))
      for (const [key, object] of cache) if (!found.has(key)) remove(object)
      for (const object of found.values()) set(object)
      heardAt = time.now()
      failures = 0
      sync()
      follow(next)
    } catch (error) {
      again(`list failed: ${error instanceof Error ? error.message : error}`, backoff())
    }
  }

  const follow = (next: number): void => {
    watch += 1
    const mine = watch
    open = { next, last: time.now() }
    time.after(RELIST_MS, () => {
      if (mine === watch && caller.alive()) {
        watch += 1
        open = undefined
        void list()
      }
    })
    pump()
  }

  /** Sends on what has been written since. */
  const pump = (): void => {
    while (open && open.next < store.writes.length) {
      const write = store.writes[open.next]
      open.next += 1
      if (write?.kind === kind) send(write)
    }
  }

  const matches = (object: Kinds[Kind] | undefined): boolean => object !== undefined && hasLabels(object, labels)

  const send = ({ before, after }: Write): void => {
    if (!open || !(matches(before) || matches(after))) return
    const mine = watch
    const fate = network.fates(caller, 'kubernetes', `WATCH ${kind} *`)
    const deliver = (ms: number, ending?: () => void): void => {
      if (!open) return
      open.last = Math.max(open.last, time.now() + ms)
      time.after(open.last - time.now(), () => {
        if (mine !== watch || !caller.alive()) return
        heardAt = time.now()
        if (ending && fate.kind === 'Refused') {
          ending()
          return
        }
        if (matches(after)) set(after as Kinds[K])
        else remove(before as Kinds[K])
        ending?.()
      })
    }
    switch (fate.kind) {
      case 'Passes':
        deliver(fate.thereMs)
        return
      case 'LostThere': {
        // The connection is dead, and nobody has noticed. What was sent before still arrives.
        const { last } = open
        open = undefined
        story.tell(caller.name, `watch of ${kind} is silent from now on`)
        time.after(SILENCE_MS, () => {
          if (mine === watch) again('went silent', backoff())
        })
        heardAt = Math.max(heardAt, Math.min(last, time.now()))
        return
      }
      case 'LostBack':
        deliver(fate.thereMs, () => again('broken', backoff()))
        open = undefined
        return
      case 'Refused': {
        const { thereMs, code } = fate
        deliver(thereMs, () => (code === '410' ? again('expired', 0) : again(`broken: HTTP ${code}`, backoff())))
        open = undefined
        return
      }
    }
  }

  store.onWrite(() => {
    if (caller.alive()) pump()
  })
  void list()

  return {
    synced,
    get: (namespace, name) => cache.get(`${namespace}/${name}`),
    list: () => [...cache.values()],
    lastHeard() {
      if (!open) return heardAt
      const sinceBookmark = (time.now() - heardAt) % BOOKMARK_MS
      return time.now() - sinceBookmark
    },
  }
}
