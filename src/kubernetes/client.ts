import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import { Agent, type Dispatcher, request } from 'undici'
import { OperatorError } from '../domain/errors.ts'

/** Tokens of a pod are valid for an hour at least, and renewed long before. */
const CREDENTIALS_MS = 10_000

/** Whoever names no field manager for what is written gets this one (Kubernetes, "Server-Side Apply"). */
const USER_AGENT = 'temporal-mysql-operator'

export interface RawRequest {
  readonly method: keyof typeof HttpMethod
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly contentType?: string
  readonly signal: AbortSignal
}

/** What the API server answers. Its body is read once, and must be read. */
export interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly body: AsyncIterable<Uint8Array> | null
  text(): Promise<string>
  json(): Promise<unknown>
}

/** Sends one request and resolves with the answer, whatever its status. Throws KubernetesUnavailable when there is none. */
export type Send = (request: RawRequest) => Promise<Answer>

/**
 * HTTP/1.1, a connection for each request that is under way. Over the one of HTTP/2 its loss would end all watches at
 * once, and undici (8.12) tells the end of a stream that was given up to nobody, which ends the process.
 */
const overHttp1 = (made: Dispatcher | undefined): Dispatcher =>
  made
    ? made.compose((dispatch) => (options, handler) => {
        const http1: Dispatcher.DispatchOptions & { allowH2: boolean } = { ...options, allowH2: false }
        return dispatch(http1, handler)
      })
    : new Agent({ allowH2: false })

/**
 * The transport to the API server of the current kube context, or of the cluster this process runs in.
 * Of the client library it takes the configuration and the credentials; its own calls open a TLS connection for each
 * request (kubernetes-client/javascript: src/config.ts, createDispatcher), so one dispatcher is kept here for all.
 */
export const createTransport = (config: KubeConfig): Send => {
  const server = config.getCurrentCluster()?.server
  if (!server) throw new OperatorError('KubernetesUnavailable', 'no kube context is set: set KUBECONFIG')
  let dispatcher: Dispatcher | undefined
  let credentials = { headers: {} as Record<string, string>, until: 0 }

  /** Reading the credentials parses certificates anew: it costs more than a request, and is done now and then only. */
  const authenticate = async (): Promise<Record<string, string>> => {
    if (Date.now() < credentials.until) return credentials.headers
    const context = new RequestContext(server, HttpMethod.GET)
    await config.applySecurityAuthentication(context)
    dispatcher ??= overHttp1(context.getDispatcher() as Dispatcher | undefined)
    credentials = { headers: context.getHeaders(), until: Date.now() + CREDENTIALS_MS }
    return credentials.headers
  }

  return async ({ method, path, query, body, contentType = 'application/json', signal }) => {
    const url = new URL(`${server.replace(/\/$/, '')}${path}`)
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value)
    try {
      const headers = await authenticate()
      // Half of what `fetch` costs: a process at rest does little else.
      const { statusCode: status, body: content } = await request(url, {
        method,
        headers: {
          ...headers,
          'user-agent': USER_AGENT,
          accept: 'application/json',
          ...(body ? { 'content-type': contentType } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        ...(dispatcher ? { dispatcher } : {}),
        // The signal bounds each call, and a watch as a whole: undici's own bounds tick twice a second for each.
        headersTimeout: 0,
        bodyTimeout: 0,
        signal,
      })
      const ok = status >= 200 && status < 300
      return { ok, status, body: content, text: () => content.text(), json: () => content.json() }
    } catch (cause) {
      throw new OperatorError('KubernetesUnavailable', `${method} ${path}: no answer`, { cause })
    }
  }
}

/** The kube configuration: `context` of the file in KUBECONFIG when named, else the default, else the pod's own. */
export const loadKubeConfig = (context?: string): KubeConfig => {
  const config = new KubeConfig()
  config.loadFromDefault()
  if (context) config.setCurrentContext(context)
  return config
}
