import { BACKUP_FINALIZER, BACKUP_KIND } from '../../crds/mysqlbackup.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../../crds/mysqloperation.ts'
import type { Clock } from '../clock.ts'
import { type ClusterRef, MANAGED_BY } from '../domain/names.ts'
import type { Informer } from '../kubernetes/informer.ts'
import type { Kind, Kinds } from '../kubernetes/kinds.ts'
import type { ScopedOptions } from '../kubernetes/scope.ts'
import type { Tell } from '../temporal/notifier.ts'
import type { TellStray } from '../temporal/strays.ts'
import { relevance } from './change.ts'

/** Every cluster is told of at this interval, so that a workflow that someone ended is started again. */
const RESYNC_MS = 30 * 60_000
/** Kinds whose change means that the objects of a cluster must be compared with what is declared. */
const DECLARED: readonly Kind[] = ['Service', 'StatefulSet', 'ConfigMap', 'PodDisruptionBudget', 'NetworkPolicy']

export interface Watched {
  readonly clusters: Informer<typeof KIND>
  readonly pods: Informer<'Pod'>
  readonly services: Informer<'Service'>
  /** Resolves once everything has been listed. */
  readonly synced: Promise<void>
  /** Epoch milliseconds: since when the least heard-of collection has been silent. */
  lastHeard(): number
}

export interface WatcherOptions {
  /** Begins to follow a collection; see startScoped. */
  readonly inform: <K extends Kind>(options: ScopedOptions<K>) => Informer<K>
  readonly clock: Clock
  readonly tell: Tell
  /** Called for each change of a MySQLOperation whose cluster is not there. */
  readonly tellStray: TellStray
  /** Called for each MySQLBackup that was deleted and is held until its objects are dealt with. */
  readonly tellDiscard: TellStray
  /** Called on each change that concerns a cluster, before its workflow is told. */
  readonly onChange: (ref: ClusterRef, gone: boolean) => void
  readonly signal: AbortSignal
}

export const refOf = ({ metadata: { namespace, name, uid } }: Kinds[typeof KIND]): ClusterRef => ({
  namespace,
  name,
  uid,
})

/** Turns changes in Kubernetes into news for workflows. It decides nothing: it only knows whom a change concerns. */
export const startWatcher = ({
  inform,
  clock,
  tell,
  tellStray,
  tellDiscard,
  onChange,
  signal,
}: WatcherOptions): Watched => {
  const known = new Map<string, string>()

  /** True when the change is one that matters. */
  const matters = <K extends Kind>(kind: K, change: 'set' | 'delete', object: Kinds[K]): boolean => {
    const key = `${kind}/${object.metadata.namespace}/${object.metadata.name}`
    const before = known.get(key)
    if (change === 'delete') return known.delete(key)
    const now = relevance(kind, object)
    known.set(key, now)
    return now !== before
  }

  const clusters = inform({
    kind: KIND,
    onChange: (change, object) => {
      const ref = refOf(object)
      onChange(ref, change === 'delete')
      if (matters(KIND, change, object)) tell(ref, { why: `MySQLCluster ${change}`, objects: true })
      if (change === 'delete') for (const operation of operations.list()) whenStray(operation)
    },
  })

  const follow = <K extends Kind>(kind: K): Informer<K> => {
    /** By namespace/name: the cluster that an object was of when it was seen last. */
    const instances = new Map<string, string>()
    return inform({
      kind,
      labelSelector: `app.kubernetes.io/managed-by=${MANAGED_BY}`,
      onChange: (change, object) => {
        const { namespace, name, labels } = object.metadata
        const key = `${namespace}/${name}`
        const instance = labels?.['app.kubernetes.io/instance'] ?? ''
        const before = instances.get(key)
        if (change === 'delete') instances.delete(key)
        else instances.set(key, instance)
        const relevant = matters(kind, change, object)
        // Someone may have changed the label: that concerns the cluster whose object it was.
        for (const one of new Set([instance, before ?? instance])) {
          const cluster = clusters.get(namespace, one)
          if (!cluster) continue
          onChange(refOf(cluster), false)
          const objects = DECLARED.includes(kind) || one !== instance
          if (relevant || one !== instance) tell(refOf(cluster), { why: `${kind} ${name} ${change}`, objects })
        }
      },
    })
  }

  /** Which clusters there are is known once they have been listed. */
  const whenStray = (operation: Kinds[typeof OPERATION_KIND]): void =>
    void clusters.synced.then(() => {
      const { namespace, name, uid, ownerReferences } = operation.metadata
      const { clusterName } = operation['spec'] as { readonly clusterName: string }
      // One that goes with its cluster is removed with it.
      const isOwned = ownerReferences?.some(({ kind }) => kind === KIND)
      if (!signal.aborted && !isOwned && !clusters.get(namespace, clusterName)) tellStray({ namespace, name, uid })
    })

  const operations = inform({
    kind: OPERATION_KIND,
    onChange: (change, object) => {
      const { namespace, name } = object.metadata
      const { clusterName } = object['spec'] as { readonly clusterName: string }
      const cluster = clusters.get(namespace, clusterName)
      // What is asked for is about to change the group: the observer looks closely from now on.
      if (cluster) onChange(refOf(cluster), false)
      if (!matters(OPERATION_KIND, change, object)) return
      if (cluster) tell(refOf(cluster), { why: `MySQLOperation ${name} ${change}`, operations: true })
      else if (change === 'set') whenStray(object)
    },
  })

  const isHeld = ({ metadata }: Kinds[typeof BACKUP_KIND]): boolean =>
    metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(BACKUP_FINALIZER) ?? false)

  const backups = inform({
    kind: BACKUP_KIND,
    onChange: (change, object) => {
      const { namespace, name } = object.metadata
      const { clusterName } = object['spec'] as { readonly clusterName: string }
      const cluster = clusters.get(namespace, clusterName)
      if (!matters(BACKUP_KIND, change, object)) return
      if (cluster) tell(refOf(cluster), { why: `MySQLBackup ${name} ${change}` })
      if (change === 'set' && isHeld(object)) tellDiscard({ namespace, name, uid: object.metadata.uid })
    },
  })

  const pods = follow('Pod')
  const services = follow('Service')
  const others = [follow('StatefulSet'), follow('ConfigMap'), follow('PodDisruptionBudget'), follow('NetworkPolicy')]
  const all = [clusters, operations, backups, pods, services, ...others]

  let stopResync = (): void => undefined
  const resync = (): void => {
    stopResync = clock.after(RESYNC_MS, () => {
      for (const cluster of clusters.list()) tell(refOf(cluster), { why: 'resync', objects: true })
      for (const { metadata } of backups.list().filter(isHeld))
        tellDiscard({ namespace: metadata.namespace, name: metadata.name, uid: metadata.uid })
      resync()
    })
  }
  resync()
  signal.addEventListener('abort', () => stopResync(), { once: true })

  return {
    clusters,
    pods,
    services,
    synced: Promise.all(all.map((informer) => informer.synced)).then(() => undefined),
    lastHeard: () => Math.min(...all.map((informer) => informer.lastHeard())),
  }
}
