import type { Logger } from 'pino'
import type { MySQLClusterStatus } from '../../crds/mysqlcluster-status.ts'
import { type ClusterRef, selectorLabels, workflowId } from '../domain/names.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import type { Watched } from '../watcher/watcher.ts'
import { type ClusterObserver, type ObserverPorts, observeCluster } from './cluster-observer.ts'
import { writeServiceKey } from './write-service.ts'

export interface Observer {
  /** Something about a cluster changed; `gone` when it exists no more. */
  changed(ref: ClusterRef, gone: boolean): void
  /** Ends it for good: what is told afterwards begins nothing. */
  stop(): void
}

const podsOf = (watched: Watched, ref: ClusterRef): readonly Kinds['Pod'][] => {
  const wanted = Object.entries(selectorLabels(ref.name))
  return watched.pods
    .list()
    .filter(({ metadata }) => metadata.namespace === ref.namespace)
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value))
}

/** One ClusterObserver for each MySQLCluster, fed from the watcher's caches. */
export const createObserver = (ports: ObserverPorts, watched: () => Watched, log: Logger): Observer => {
  const observers = new Map<string, ClusterObserver>()
  let stopped = false

  const start = (ref: ClusterRef): ClusterObserver => {
    const cluster = () => watched().clusters.get(ref.namespace, ref.name)
    const status = () => cluster()?.['status'] as MySQLClusterStatus | undefined
    const spec = () => cluster()?.['spec'] as { size?: number } | undefined
    return observeCluster(
      ports,
      ref,
      {
        pods: () => podsOf(watched(), ref),
        service: () => watched().services.get(ref.namespace, writeServiceKey(ref).name),
        group: () => status()?.group,
        size: () => spec()?.size ?? 0,
        procedure: () => status()?.procedure?.kind,
      },
      log.child({ cluster: `${ref.namespace}/${ref.name}` }),
    )
  }

  return {
    changed(ref, gone) {
      // News that was under way: an observer that it began would never be ended.
      if (stopped) return
      const id = workflowId(ref)
      const known = observers.get(id)
      if (gone) {
        known?.stop()
        observers.delete(id)
      } else if (known) known.stir()
      else observers.set(id, start(ref))
    },
    stop() {
      stopped = true
      for (const observer of observers.values()) observer.stop()
      observers.clear()
    },
  }
}
