import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Context } from '@temporalio/activity'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { Logger } from 'pino'
import { createActivities } from '../../activities/index.ts'
import type { Ports } from '../../activities/ports.ts'
import { systemClock } from '../clock.ts'
import { serveHealth } from '../health.ts'
import { createKubernetes } from '../kubernetes/api.ts'
import { createTransport, loadKubeConfig } from '../kubernetes/client.ts'
import { createMySQL } from '../mysql/mysql.ts'
import { realCredentials } from '../pki/credentials.ts'
import type { Settings } from '../settings.ts'
import { followApiKey, temporalAccess, temporalConverter } from '../temporal/connection.ts'

const GRACE = '20s'
const FORCE = '30s'

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const

/** The bundle made at image build when there is one, else the sources, which the worker then bundles itself. */
const workflows = () => {
  const bundle = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url))
  return existsSync(bundle)
    ? { workflowBundle: { codePath: bundle } }
    : { workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)) }
}

const createPorts = (settings: Settings): (() => Ports) => {
  const fixed = {
    kubernetes: createKubernetes(createTransport(loadKubeConfig())),
    mysql: createMySQL(),
    domain: settings.CLUSTER_DOMAIN,
    operatorNamespace: settings.POD_NAMESPACE,
    instance: settings.POD_NAME,
    clock: systemClock,
    credentials: realCredentials,
  }
  return () => {
    const context = Context.current()
    return { ...fixed, heartbeat: (progress) => context.heartbeat(progress) }
  }
}

/** The role `worker`: runs workflows and activities until `signal` aborts, then lets running activities finish for a while. */
export const runWorker = async (settings: Settings, log: Logger, signal: AbortSignal): Promise<void> => {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[LEVELS[level]]({ ...meta }, message)),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
  })
  const dataConverter = temporalConverter(settings)
  const connection = await NativeConnection.connect({ ...temporalAccess(settings) })
  followApiKey(settings, (apiKey) => void connection.setApiKey(apiKey), signal)
  const worker = await Worker.create({
    connection,
    namespace: settings.TEMPORAL_NAMESPACE,
    taskQueue: settings.TEMPORAL_TASK_QUEUE,
    dataConverter,
    ...workflows(),
    activities: { ...createActivities(createPorts(settings)) },
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
  })
  const state = () => worker.getState()
  const health = await serveHealth(settings.HTTP_PORT, {
    live: () => (state() === 'FAILED' ? 'the worker has failed' : undefined),
    ready: () => (state() === 'RUNNING' ? undefined : `the worker is ${state()}`),
  })
  signal.addEventListener('abort', () => worker.shutdown(), { once: true })
  try {
    await worker.run()
  } finally {
    await health.close()
    await connection.close()
  }
}
