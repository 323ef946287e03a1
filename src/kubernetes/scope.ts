import type { Logger } from 'pino'
import type { Send } from './client.ts'
import { type Informer, startInformer } from './informer.ts'
import type { Kind, Kinds } from './kinds.ts'

/** The namespaces that the operator looks after: those named, or all. */
export type Scope = readonly string[]

export interface ScopedOptions<K extends Kind> {
  readonly kind: K
  readonly labelSelector?: string
  readonly onChange: (change: 'set' | 'delete', object: Kinds[K]) => void
}

/** One informer for all namespaces, or one for each of those named, behind the face of one. */
export const startScoped = <K extends Kind>(
  send: Send,
  scope: Scope,
  options: ScopedOptions<K>,
  log: Logger,
  signal: AbortSignal,
): Informer<K> => {
  const namespaces = scope.length > 0 ? scope : [undefined]
  const informers = namespaces.map((namespace) =>
    startInformer(send, { ...options, ...(namespace ? { namespace } : {}) }, log, signal),
  )
  return {
    synced: Promise.all(informers.map((informer) => informer.synced)).then(() => undefined),
    get: (namespace, name) => informers.map((informer) => informer.get(namespace, name)).find((found) => found),
    list: () => informers.flatMap((informer) => informer.list()),
    lastHeard: () => Math.min(...informers.map((informer) => informer.lastHeard())),
  }
}
