import { homedir } from 'node:os'
import { join } from 'node:path'

/** The addresses are from RFC 2544's ranges, which belong to nobody's network. */
export const BRIDGE = 'tmo0'
export const BRIDGE_MAC = '02:74:6d:6f:00:01'
/** The node's only address: the bridge's. It stays when the machine's own changes, and nobody outside reaches it. */
export const NODE_ADDRESS = '198.18.0.1'
export const POD_CIDR = '198.18.0.0/24'
export const SERVICE_CIDR = '198.19.0.0/24'
export const API_SERVICE_ADDRESS = '198.19.0.1'
export const NODE_NAME = 'node1'
export const CLUSTER_DOMAIN = 'cluster.local'
export const NAT_TABLE = 'temporal-mysql-operator'

export const API_SERVER = `https://${NODE_ADDRESS}:6443`
export const TEMPORAL_ADDRESS = `${NODE_ADDRESS}:7233`
export const TEMPORAL_UI = 'http://127.0.0.1:8233'

export const PAUSE_IMAGE = 'localhost/pause:1'
export const STORAGE_CLASS = 'local-xfs'
export const PROVISIONER = 'local.example.com/xfs'

/** There is one local cluster per machine, so its state has one place; the checkout does not matter. */
export const STATE = '/var/lib/temporal-mysql-operator'
export const paths = {
  bin: join(STATE, 'bin'),
  configuration: join(STATE, 'etc'),
  kubeconfigs: join(STATE, 'kubeconfig'),
  logs: join(STATE, 'log'),
  pids: join(STATE, 'pid'),
  pki: join(STATE, 'pki'),
  volumes: join(STATE, 'volumes'),
  images: join(STATE, 'images'),
  etcd: join(STATE, 'etcd'),
  temporal: join(STATE, 'temporal'),
  containerdRoot: join(STATE, 'containerd'),
  containerdState: join(STATE, 'run'),
  containerdSocket: join(STATE, 'containerd.sock'),
  addresses: join(STATE, 'addresses'),
  kubelet: join(STATE, 'kubelet'),
  podLogs: join(STATE, 'pod-logs'),
  adminKubeconfig: join(STATE, 'kubeconfig', 'admin'),
} as const

/** Touched by the storage process after every pass. */
export const STORAGE_HEARTBEAT = join(STATE, 'storage.heartbeat')

/** Where what takes long to make is kept; all checkouts of a user share it. */
export const cacheDirectory = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'temporal-mysql-operator')
