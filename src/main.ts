import { createLog } from './log.ts'
import { readSettings } from './settings.ts'
import { followCertificates } from './temporal/connection.ts'

const ROLES = ['operator', 'worker'] as const

const role = ROLES.find((known) => known === process.argv[2])
if (!role) {
  process.stderr.write(`usage: main.js ${ROLES.join(' | ')}\n`)
  process.exit(2)
}

const settings = readSettings(process.env)
const log = createLog(settings.LOG_LEVEL, role)
const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort())

const renewed = (): void => {
  log.info('the certificates for Temporal have changed: ending, to be started again with the new ones')
  stop.abort()
}

try {
  followCertificates(settings, renewed, stop.signal)
  // Loaded by need: the operator runs without the worker's native library, in a third of its memory.
  if (role === 'operator') await (await import('./operator.ts')).runOperator(settings, log, stop.signal)
  else await (await import('./worker/worker.ts')).runWorker(settings, log, stop.signal)
  log.info('ended')
  process.exit(stop.signal.aborted ? 0 : 1)
} catch (err) {
  // Kubernetes starts it again, with its own growing pauses.
  log.fatal({ err }, 'failed')
  process.exit(1)
}
