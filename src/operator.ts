import { Client, Connection } from '@temporalio/client'
import type { Logger } from 'pino'
import { askArchive } from './agent/ask-archive.ts'
import { systemClock } from './clock.ts'
import { serveHealth } from './health.ts'
import { createKubernetes } from './kubernetes/api.ts'
import { createTransport, loadKubeConfig } from './kubernetes/client.ts'
import { leadWhileHolding } from './kubernetes/lease.ts'
import { startScoped } from './kubernetes/scope.ts'
import { type LeaderPorts, startLeading } from './leader.ts'
import { createMySQL } from './mysql/mysql.ts'
import type { Settings } from './settings.ts'
import { operatorClient } from './temporal/client.ts'
import { followApiKey, temporalAccess, temporalConverter } from './temporal/connection.ts'
import { createNotifier } from './temporal/notifier.ts'
import { createStrays } from './temporal/strays.ts'
import type { Watched } from './watcher/watcher.ts'

const LEASE_CALL_MS = 900
/** Informers hear something at least at each bookmark (a minute) and relist when they do not. */
const SILENT_MS = 5 * 60_000

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

  const connection = Connection.lazy({ ...temporalAccess(settings) })
  followApiKey(settings, (apiKey) => connection.setApiKey(apiKey), signal)
  const dataConverter = temporalConverter(settings)
  const namespace = settings.TEMPORAL_NAMESPACE
  const client = operatorClient(connection, new Client({ connection, namespace, dataConverter }))
  const tell = createNotifier(client, settings.TEMPORAL_TASK_QUEUE, log)

  const tellStray = createStrays(client, settings.TEMPORAL_TASK_QUEUE, log)
  const tellDiscard = createStrays(client, settings.TEMPORAL_TASK_QUEUE, log, systemClock, 'discardBackup')

  const lead = async (leading: AbortSignal): Promise<void> => {
    const inform: LeaderPorts['inform'] = (options) =>
      startScoped(send, settings.WATCH_NAMESPACES, options, log, leading)
    const ports = {
      kubernetes,
      mysql: createMySQL(),
      clock: systemClock,
      domain: settings.CLUSTER_DOMAIN,
      inform,
      tell,
      tellStray,
      tellDiscard,
      askArchive,
      running: client.running,
      metrics: health.metrics,
    }
    const current = startLeading(ports, log, leading)
    watched = current
    await Promise.race([
      current.synced,
      new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true })),
    ])
    synced = true
    log.info({ clusters: current.clusters.list().length }, 'watching')
    if (!leading.aborted) await new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true }))
  }

  const lease = { namespace: settings.POD_NAMESPACE, name: 'mysql-operator' }
  // Slow answers must not keep a leader leading: the deadline and two calls more end before the Lease does.
  const impatient = createKubernetes(send, LEASE_CALL_MS)
  await leadWhileHolding(impatient, lease, settings.POD_NAME, lead, log, signal)
  await health.close()
  await connection.close()
}
