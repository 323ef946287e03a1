import { Resolver } from 'node:dns/promises'
import { statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from './api.ts'
import { ctr } from './containers.ts'
import type { PartName } from './parts.ts'
import type { OwnedProcess } from './process.ts'
import { startedAt } from './process.ts'
import {
  API_SERVICE_ADDRESS,
  CLUSTER_DOMAIN,
  NODE_ADDRESS,
  NODE_NAME,
  paths,
  STORAGE_HEARTBEAT,
  TEMPORAL_UI,
} from './settings.ts'

const PROBE_MS = 2000

const answers = async (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    // A health endpoint on the loopback address that tells nothing but whether: its certificate is self-made.
    const options = { timeout: PROBE_MS, rejectUnauthorized: false, agent: false as const }
    const outgoing = (url.startsWith('https') ? httpsRequest : httpRequest)(url, options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(false))
    outgoing.end()
  })

interface Node {
  readonly status: {
    readonly conditions?: readonly { type: string; status: string; lastHeartbeatTime: string }[]
  }
}

const nodeIsReady = async (since: number): Promise<boolean> => {
  const node = await connect(paths.adminKubeconfig, PROBE_MS).call<Node>('GET', `/api/v1/nodes/${NODE_NAME}`)
  const ready = node.status.conditions?.find(({ type }) => type === 'Ready')
  // After a restart the API still shows what the kubelet said before; its times are in whole seconds.
  return ready?.status === 'True' && Date.parse(ready.lastHeartbeatTime) + 1000 > since
}

const resolvesServices = async (): Promise<boolean> => {
  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers([NODE_ADDRESS])
  return (await resolver.resolve4(`kubernetes.default.svc.${CLUSTER_DOMAIN}`)).includes(API_SERVICE_ADDRESS)
}

const storageIsAlive = (since: number): boolean => {
  const beat = statSync(STORAGE_HEARTBEAT).mtimeMs
  // A pass that makes volumes takes as long as the disk does.
  return beat > since && beat > Date.now() - 30_000
}

const probes: Readonly<Record<PartName, (process: OwnedProcess) => Promise<boolean>>> = {
  etcd: async () => answers('http://127.0.0.1:2381/health'),
  apiserver: async () => (await connect(paths.adminKubeconfig, PROBE_MS).call<string>('GET', '/readyz')) === 'ok',
  'controller-manager': async () => answers('https://127.0.0.1:10257/healthz'),
  scheduler: async () => answers('https://127.0.0.1:10259/healthz'),
  containerd: async () => (await ctr(['version'])).code === 0,
  kubelet: async (process) => (await answers('http://127.0.0.1:10248/healthz')) && nodeIsReady(startedAt(process)),
  'kube-proxy': async () => answers('http://127.0.0.1:10256/healthz'),
  dns: async () => resolvesServices(),
  storage: async (process) => storageIsAlive(startedAt(process)),
  // The question passes through the UI to the server and its database.
  temporal: async () => answers(`${TEMPORAL_UI}/api/v1/namespaces/default`),
}

/** Whether a running part does its work; never rejects. */
export const isHealthy = async (name: PartName, process: OwnedProcess): Promise<boolean> =>
  probes[name](process).catch(() => false)
