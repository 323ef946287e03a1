import { createServer } from 'node:http'
import { collectDefaultMetrics, Registry } from 'prom-client'

/** Undefined when all is well, else why not. */
export type Check = () => string | undefined

export interface Health {
  readonly metrics: Registry
  readonly port: number
  close(): Promise<void>
}

/** Serves /livez, /readyz and /metrics. A check is asked at each request, so that the answer is true now. */
export const serveHealth = async (
  port: number,
  checks: { readonly live: Check; readonly ready: Check },
): Promise<Health> => {
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
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
