import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { type AskArchive, readArchive } from '../activities/archive-report.ts'
import { readAccess, readSecrets } from '../activities/cluster.ts'
import type { MySQLClusterStatus } from '../crds/mysqlcluster-status.ts'
import type { Clock } from './clock.ts'
import { type ClusterRef, workflowId } from './domain/names.ts'
import type { Kubernetes } from './kubernetes/port.ts'
import type { Access, MySQL } from './mysql/port.ts'
import { createClusterMetrics, type Told } from './observer/metrics.ts'
import { createObserver } from './observer/observer.ts'
import type { Tell } from './temporal/notifier.ts'
import type { TellStray } from './temporal/strays.ts'
import { archivedOf, startArchiveLook } from './watcher/archives.ts'
import { startSecretLook } from './watcher/secrets.ts'
import { refOf, startWatcher, type Watched, type WatcherOptions } from './watcher/watcher.ts'
import { startWorkflowLook } from './watcher/workflows.ts'

const ACCESS_MS = 10_000
const ABSENT_MS = 500

export interface LeaderPorts {
  readonly kubernetes: Kubernetes
  readonly mysql: MySQL
  readonly clock: Clock
  /** The DNS domain of the Kubernetes cluster. */
  readonly domain: string
  readonly inform: WatcherOptions['inform']
  readonly tell: Tell
  readonly tellStray: TellStray
  readonly tellDiscard: TellStray
  /** What the pod that archives, at this address, tells of itself. */
  readonly askArchive: AskArchive
  /** The ids of all workflows of clusters that run. */
  readonly running: () => Promise<ReadonlySet<string>>
  /** What is measured is served from here. */
  readonly metrics: Registry
}

/** Remembers secrets for a moment: connections are tried often while members start. */
const rememberAccess = (clock: Clock, read: (ref: ClusterRef) => Promise<Access | undefined>) => {
  const known = new Map<string, { access: Access | undefined; until: number }>()
  return async (ref: ClusterRef): Promise<Access | undefined> => {
    const id = workflowId(ref)
    const entry = known.get(id)
    if (entry && entry.until > clock.now()) return entry.access
    const access = await read(ref)
    known.set(id, { access, until: clock.now() + (access ? ACCESS_MS : ABSENT_MS) })
    return access
  }
}

/** What the leading operator does, until `signal` aborts: it watches, and routes writes. */
export const startLeading = (ports: LeaderPorts, log: Logger, signal: AbortSignal): Watched => {
  const { kubernetes, mysql, clock, domain, inform, tell, tellStray, tellDiscard, running, askArchive } = ports
  let watched: Watched
  const told = (ref: ClusterRef): Told => ({
    ref,
    status: watched.clusters.get(ref.namespace, ref.name)?.['status'] as MySQLClusterStatus | undefined,
  })
  const metrics = createClusterMetrics(ports.metrics, clock, () => watched.clusters.list().map(refOf).map(told))
  const observer = createObserver(
    {
      ...{ kubernetes, mysql, clock, domain },
      access: rememberAccess(clock, (ref) => readAccess(kubernetes, ref)),
      tell: (ref, why) => tell(ref, { why }),
      onMove: metrics.moved,
    },
    () => watched,
    log,
  )
  const onChange = (ref: ClusterRef, gone: boolean): void => {
    observer.changed(ref, gone)
    metrics.changed(told(ref), gone)
  }
  watched = startWatcher({ inform, clock, tell, tellStray, tellDiscard, onChange, signal })
  const clusters = () => watched.clusters.list().map(refOf)
  startWorkflowLook({ clock, clusters, running, tell, signal })
  startSecretLook({
    clock,
    clusters,
    look: async (ref) => {
      const { incomplete, lost } = await readSecrets(kubernetes, ref)
      return [incomplete?.detail, ...lost.map((name) => `Secret ${name} is gone or going`)].filter(Boolean).join('; ')
    },
    tell,
    signal,
  })
  startArchiveLook({
    clock,
    clusters: () => watched.clusters.list().flatMap((cluster) => archivedOf(cluster) ?? []),
    look: (ref) => readArchive(kubernetes, ref, askArchive),
    tell,
    signal,
  })
  signal.addEventListener('abort', () => observer.stop(), { once: true })
  return watched
}
