import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface ApiClient {
  /** Sends one request and returns the decoded answer; rejects with an ApiError when it is not a success. */
  readonly call: <T>(method: string, path: string, body?: unknown) => Promise<T>
  /** Creates an object or makes an existing one equal in all fields that `body` names. */
  readonly apply: (path: string, body: unknown) => Promise<void>
  /** Calls `onEvent` for every event of a watch; resolves when the watch ends, for whatever reason. */
  readonly watch: (path: string, onEvent: () => void) => Promise<void>
}

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[]
  readonly users: readonly { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

const FIELD_MANAGER = 'fieldManager=local-cluster&force=true'

/** The type of a body is told by its method: we patch by merging, apply apart. */
const contentTypes: Readonly<Record<string, string>> = {
  PATCH: 'application/merge-patch+json',
  APPLY: 'application/apply-patch+yaml',
}

const textOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

const messageOf = (text: string): string => {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text
  } catch {
    return text
  }
}

/** A small client of the API server: connections are kept, nothing is retried. */
export const connect = (kubeconfigPath: string, timeoutMs = 10_000): ApiClient => {
  const config = JSON.parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig
  const cluster = config.clusters[0]?.cluster
  const user = config.users[0]?.user
  if (!cluster || !user) throw new Error(`${kubeconfigPath} names no cluster or no user`)
  const decode = (text: string): Buffer => Buffer.from(text, 'base64')
  const agent = new Agent({
    keepAlive: true,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  })

  const send = async (method: string, path: string, body: unknown, timeout: number): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': contentTypes[method] ?? 'application/json', accept: 'application/json' }
      const outgoing = request(
        new URL(path, cluster.server),
        { method: method === 'APPLY' ? 'PATCH' : method, agent, headers, timeout },
        resolve,
      )
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path}`)))
      outgoing.on('error', reject)
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })

  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await send(method, path, body, timeoutMs)
    const text = await textOf(response)
    const status = response.statusCode ?? 0
    if (status >= 300) throw new ApiError(status, `${method} ${path}: ${status} ${messageOf(text)}`)
    return (response.headers['content-type']?.includes('json') ? JSON.parse(text) : text) as T
  }

  return {
    call,
    apply: async (path, body) => {
      await call('APPLY', `${path}?${FIELD_MANAGER}`, body)
    },
    watch: async (path, onEvent) => {
      const separator = path.includes('?') ? '&' : '?'
      // A connection that died silently is noticed by the absence of the server's own end after four minutes.
      const query = `${separator}watch=true&timeoutSeconds=240&allowWatchBookmarks=true`
      const response = await send('GET', `${path}${query}`, undefined, 300_000)
      if ((response.statusCode ?? 0) >= 300) throw new ApiError(response.statusCode ?? 0, await textOf(response))
      for await (const _line of createInterface({ input: response })) onEvent()
    },
  }
}
