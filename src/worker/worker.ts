import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Context } from '@temporalio/activity'
import { ScheduleClient } from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { DefaultLogger, NativeConnection, Runtime, type Logger as SdkLogger, Worker } from '@temporalio/worker'
import type { Logger } from 'pino'
import { createActivities } from '../../activities/index.ts'
import type { Ports } from '../../activities/ports.ts'
import { askArchive } from '../agent/ask-archive.ts'
import { sleep, systemClock } from '../clock.ts'
import { serveHealth } from '../health.ts'
import { createKubernetes } from '../kubernetes/api.ts'
import { createTransport, loadKubeConfig } from '../kubernetes/client.ts'
import { withoutNeedOfEvents } from '../kubernetes/events.ts'
import { knock } from '../kubernetes/knock.ts'
import { tellingOfNodes } from '../kubernetes/nodes.ts'
import { createMySQL } from '../mysql/mysql.ts'
import { realCredentials } from '../pki/credentials.ts'
import type { Settings } from '../settings.ts'
import { followApiKey, temporalAccess, temporalConverter } from '../temporal/connection.ts'
import { scheduleClient } from '../temporal/schedule-client.ts'
import type { Schedules } from '../temporal/schedules.ts'

/** How long a line of the SDK's log may wait before it is written. */
const LOG_MS = 1_000
const GRACE = '20s'
/** A heartbeat is passed on at most so often: the least time in which one is expected is 10 s. */
const HEARD_OF = '3s'
const FORCE = '30s'
const MAX_PAUSE_MS = 5_000

/**
 * A workflow whose history does not fit the code of this version any more would stand still until a person acts. None holds
 * anything that is not found anew in Kubernetes and MySQL, so it fails, and is started again: that of a cluster by the
 * watcher, a procedure on record by the workflow of its cluster.
 */
const START_ANEW = { '*': ['NondeterminismError', 'DeterminismViolationError'] }

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const

/** The bundle made at image build when there is one, else the sources, which the worker then bundles itself. */
const workflows = ({ failureConverterPath }: DataConverter) => {
  const name = failureConverterPath ? 'workflow-bundle-encrypting.js' : 'workflow-bundle.js'
  const bundle = fileURLToPath(new URL(`../../${name}`, import.meta.url))
  return existsSync(bundle)
    ? { workflowBundle: { codePath: bundle } }
    : { workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)) }
}

const createPorts = (settings: Settings, log: Logger, schedules: Schedules): (() => Ports) => {
  const fixed = {
    schedules,
    kubernetes: tellingOfNodes(withoutNeedOfEvents(createKubernetes(createTransport(loadKubeConfig())), log), log),
    mysql: createMySQL(),
    domain: settings.CLUSTER_DOMAIN,
    operatorNamespace: settings.POD_NAMESPACE,
    instance: settings.POD_NAME,
    clock: systemClock,
    credentials: realCredentials,
    askArchive,
    knock,
  }
  return () => {
    const context = Context.current()
    return { ...fixed, heartbeat: (progress) => context.heartbeat(progress) }
  }
}

/**
 * Connects to Temporal as soon as it is there: waiting here is shorter than kubelet's growing pauses between the starts of
 * a process that ends. Undefined when `signal` aborted first; settings that cannot be used throw at once.
 */
const connect = async (settings: Settings, log: Logger, signal: AbortSignal): Promise<NativeConnection | undefined> => {
  for (let failures = 1; !signal.aborted; failures += 1) {
    const access = temporalAccess(settings)
    try {
      return await NativeConnection.connect({ ...access })
    } catch (err) {
      log.warn({ err, address: access.address, failures }, 'Temporal not reached, trying again')
      await sleep(systemClock, Math.min(MAX_PAUSE_MS, 250 * 2 ** failures), signal)
    }
  }
  return undefined
}

/**
 * The SDK collects its log, and looks ten times a second for lines to write, which is most of what a worker at rest costs.
 * Closed, the collector goes on to take lines, and writes them when it is told to.
 */
const writeLogCalmly = (): void => {
  const collector: SdkLogger & { flush?(): void; close?(): void } = Runtime.instance().logger
  collector.close?.()
  setInterval(() => collector.flush?.(), LOG_MS).unref()
}

/** The role `worker`: runs workflows and activities until `signal` aborts, then lets running activities finish for a while. */
export const runWorker = async (settings: Settings, log: Logger, signal: AbortSignal): Promise<void> => {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[LEVELS[level]]({ ...meta }, message)),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
  })
  writeLogCalmly()
  const dataConverter = temporalConverter(settings)
  let worker: Worker | undefined
  const state = () => worker?.getState()
  const health = await serveHealth(settings.HTTP_PORT, {
    live: () => (state() === 'FAILED' ? 'the worker has failed' : undefined),
    ready: () => (state() === 'RUNNING' ? undefined : `the worker is ${state() ?? 'waiting for Temporal'}`),
  })
  const connection = await connect(settings, log, signal)
  if (!connection) return health.close()
  followApiKey(settings, (apiKey) => void connection.setApiKey(apiKey), signal)
  const client = new ScheduleClient({ connection, namespace: settings.TEMPORAL_NAMESPACE, dataConverter })
  const schedules = scheduleClient(client, connection, settings.TEMPORAL_TASK_QUEUE)
  const running = await Worker.create({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: settings.TEMPORAL_TASK_QUEUE,
    dataConverter,
    ...workflows(dataConverter),
    activities: { ...createActivities(createPorts(settings, log, schedules)) },
    workflowFailureErrorTypes: START_ANEW,
    maxHeartbeatThrottleInterval: HEARD_OF,
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
  })
  worker = running
  signal.addEventListener('abort', () => running.shutdown(), { once: true })
  try {
    await running.run()
  } finally {
    await health.close()
    await connection.close()
  }
}
