import { Client, Connection } from '@temporalio/client'
import type { Logger } from 'pino'
import { readAccess } from '../activities/cluster.ts'
import { systemClock } from './clock.ts'
import { type ClusterRef, workflowId } from './domain/names.ts'
import { serveHealth } from './health.ts'
import { createKubernetes } from './kubernetes/api.ts'
import { createTransport, loadKubeConfig } from './kubernetes/client.ts'
import { leadWhileHolding } from './kubernetes/lease.ts'
import { startScoped } from './kubernetes/scope.ts'
import { createMySQL } from './mysql/mysql.ts'
import type { Access } from './mysql/port.ts'
import { createObserver } from './observer/observer.ts'
import type { Settings } from './settings.ts'
import { createNotifier, type Tell } from './temporal/notifier.ts'
import { startWatcher, type Watched } from './watcher/watcher.ts'

const ACCESS_MS = 10_000
const ABSENT_MS = 500
const LEASE_CALL_MS = 900
/** Informers hear something at least at each bookmark (a minute) and relist when they do not. */
const SILENT_MS = 5 * 60_000

/** Remembers secrets for a moment: connections are tried often while members start. */
const rememberAccess = (read: (ref: ClusterRef) => Promise<Access | undefined>) => {
  const known = new Map<string, { access: Access | undefined; until: number }>()
  return async (ref: ClusterRef): Promise<Access | undefined> => {
    const id = workflowId(ref)
    const entry = known.get(id)
    if (entry && entry.until > Date.now()) return entry.access
    const access = await read(ref)
    known.set(id, { access, until: Date.now() + (access ? ACCESS_MS : ABSENT_MS) })
    return access
  }
}

/**
 * The role `operator`: watcher and observer, in the one process that holds the Lease; others stand by.
 * Routing starts without Temporal: the connection to it is made in the background, and again when it breaks.
 */
export const runOperator = async (settings: Settings, log: Logger, signal: AbortSignal): Promise<void> => {
  const send = createTransport(loadKubeConfig())
  const kubernetes = createKubernetes(send)
  let watched: Watched | undefined
  let synced = false

  const health = await serveHealth(settings.HTTP_PORT, {
    live: () => {
      const heard = watched?.lastHeard() ?? 0
      return synced && Date.now() - heard > SILENT_MS ? 'a watch of the API server is silent' : undefined
    },
    // A process that stands by is ready: it can take over.
    ready: () => (watched && !synced ? 'reading the first lists' : undefined),
  })

  const connection = Connection.lazy({ address: settings.TEMPORAL_ADDRESS })
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE })
  const tell: Tell = createNotifier(client, settings.TEMPORAL_TASK_QUEUE, log)

  const lead = async (leading: AbortSignal): Promise<void> => {
    const ports = {
      kubernetes,
      mysql: createMySQL(),
      clock: systemClock,
      domain: settings.CLUSTER_DOMAIN,
      access: rememberAccess((ref) => readAccess(kubernetes, ref)),
      tell: (ref: ClusterRef, why: string) => tell(ref, { why }),
    }
    let current: Watched
    const observer = createObserver(ports, () => current, log)
    current = startWatcher({
      inform: (options) => startScoped(send, settings.WATCH_NAMESPACES, options, log, leading),
      clock: systemClock,
      tell,
      onChange: (ref, gone) => observer.changed(ref, gone),
      signal: leading,
    })
    watched = current
    await Promise.race([
      current.synced,
      new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true })),
    ])
    synced = true
    log.info({ clusters: current.clusters.list().length }, 'watching')
    if (!leading.aborted) await new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true }))
    observer.stop()
  }

  const lease = { namespace: settings.POD_NAMESPACE, name: 'mysql-operator' }
  // Slow answers must not keep a leader leading: the deadline, a pause and two calls more end before the Lease does.
  const impatient = createKubernetes(send, LEASE_CALL_MS)
  await leadWhileHolding(impatient, lease, settings.POD_NAME, lead, log, signal)
  await health.close()
  await connection.close()
}
