import { createServer } from 'node:http'
import { collectDefaultMetrics, Registry } from 'prom-client'

/** Undefined when all is well, else why not. */
export type Check = () => string | undefined

export interface Health {
  readonly metrics: Registry
  readonly port: number
  close(): Promise<void>
}

const SAMPLED = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99']
const SAMPLE_MS = 60 * 60_000

/**
 * The usual metrics of a Node process, but for the sampled delays of the event loop: to take them wakes a process a hundred
 * times a second, which is most of what one at rest costs. The delay at the moment of a scrape is there.
 */
const collectMetrics = (): Registry => {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics, eventLoopMonitoringPrecision: SAMPLE_MS })
  for (const name of SAMPLED) metrics.removeSingleMetric(`nodejs_eventloop_lag_${name}_seconds`)
  return metrics
}

/** Serves /livez, /readyz and /metrics. A check is asked at each request, so that the answer is true now. */
export const serveHealth = async (
  port: number,
  checks: { readonly live: Check; readonly ready: Check },
): Promise<Health> => {
  const metrics = collectMetrics()
  const answer = (check: Check): readonly [number, string] => {
    const trouble = check()
    return trouble === undefined ? [200, 'ok\n'] : [503, `${trouble}\n`]
  }
  const server = createServer(async (request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', metrics.contentType)
      response.end(await metrics.metrics())
      return
    }
    const [status, text] =
      request.url === '/livez'
        ? answer(checks.live)
        : request.url === '/readyz'
          ? answer(checks.ready)
          : [404, 'not found\n']
    response.statusCode = Number(status)
    response.end(text)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, resolve)
  })
  const bound = server.address()
  return {
    metrics,
    port: typeof bound === 'object' && bound ? bound.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
