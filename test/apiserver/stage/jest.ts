import { afterAll, beforeAll, jest } from '@jest/globals'
import { KubeConfig } from '@kubernetes/client-node'
import { type Logger, pino } from 'pino'
import { toCustomResourceDefinition } from '../../../crds/definition.ts'
import { KINDS } from '../../../crds/kinds.ts'
import { createKubernetes } from '../../../src/kubernetes/api.ts'
import { createTransport, type RawRequest, type Send } from '../../../src/kubernetes/client.ts'
import type { Kubernetes } from '../../../src/kubernetes/port.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

export interface Answer {
  readonly status: number
  readonly body: {
    readonly message?: string
    readonly spec?: Readonly<Record<string, unknown>>
    readonly metadata?: Readonly<Record<string, unknown>>
    readonly [field: string]: unknown
  }
}

export type Ask = (
  method: RawRequest['method'],
  path: string,
  body?: unknown,
  more?: Pick<RawRequest, 'query' | 'contentType'>,
) => Promise<Answer>

export interface Stage {
  readonly plane: ControlPlane
  /** The transport of the operator. */
  readonly send: Send
  readonly kubernetes: Kubernetes
  /** The same, for someone without any right. */
  readonly stranger: Kubernetes
  readonly log: Logger
  /** Sends any request and resolves with whatever is answered. */
  readonly ask: Ask
  /** The transport of whoever has this token. */
  as(token: string): Send
  /** Makes a namespace that no other test uses. */
  namespace(): Promise<string>
}

const kubeConfig = ({ server, authority }: ControlPlane, token: string): KubeConfig => {
  const config = new KubeConfig()
  config.loadFromClusterAndUser({ name: 'test', server, caData: Buffer.from(authority).toString('base64') } as never, {
    name: 'admin',
    token,
  })
  return config
}

export const until = async (what: string, is: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> => {
  const deadline = Date.now() + withinMs
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const open = async (plane: ControlPlane): Promise<Stage> => {
  const send = createTransport(kubeConfig(plane, plane.token))
  const ask: Ask = async (method, path, body, more = {}) => {
    const response = await send({ method, path, body, ...more, signal: AbortSignal.timeout(20_000) })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : { message: text } }
  }
  let namespaces = 0
  return {
    plane,
    send,
    ask,
    kubernetes: createKubernetes(send),
    stranger: createKubernetes(createTransport(kubeConfig(plane, plane.strangerToken))),
    as: (token) => createTransport(kubeConfig(plane, token)),
    log: pino({ level: 'silent' }),
    async namespace() {
      namespaces += 1
      const name = `test-${namespaces}`
      await ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      return name
    },
  }
}

interface Established {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null
}

const installDefinitions = async ({ ask }: Stage): Promise<void> => {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  for (const kind of KINDS) {
    const definition = toCustomResourceDefinition(kind)
    const { status, body } = await ask('POST', path, definition, { query: { fieldValidation: 'Strict' } })
    if (status !== 201) throw new Error(`the API server refused the CRD of ${kind.kind}: ${body.message}`)
    const { name } = definition['metadata'] as { name: string }
    await until(`${name} to be established`, async () => {
      const found = (await ask('GET', `${path}/${name}`)).body['status'] as Established | undefined
      return found?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false
    })
  }
}

/** Starts an API server with our CRDs for the tests of a file, with further options if need be, and ends it after them. */
export const useApiServer = (options: readonly string[] = []): (() => Stage) => {
  // A project's testTimeout is not taken from jest.config.js (Jest 30).
  jest.setTimeout(60_000)
  let stage: Stage | undefined
  beforeAll(async () => {
    stage = await open(await startControlPlane(options))
    await installDefinitions(stage)
  }, 120_000)
  afterAll(() => stage?.plane.stop())
  return () => {
    if (!stage) throw new Error('the API server starts before the first test')
    return stage
  }
}
