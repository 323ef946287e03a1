import { join } from 'node:path'
import { kubeconfigFile, pkiFile } from './certificates.ts'
import { configurationFile } from './configuration.ts'
import { API_SERVER, API_SERVICE_ADDRESS, NODE_ADDRESS, NODE_NAME, paths, SERVICE_CIDR } from './settings.ts'

/** A process of the local cluster: how it is started, and what it must be restarted for. */
export interface Part {
  readonly argv: readonly string[]
  /** Files whose content the process reads at its start. */
  readonly files: readonly string[]
  readonly ports: readonly { readonly address: string; readonly port: number }[]
  /** How long it may take to end when asked to. */
  readonly graceMs: number
  /** Source files, for a process whose program is part of this checkout. */
  readonly sources?: readonly string[]
}

const binary = (name: string): string => join(paths.bin, name)
const here = (file: string): string => join(import.meta.dirname, file)
const local = (...ports: number[]): Part['ports'] => ports.map((port) => ({ address: '127.0.0.1', port }))
const node = (...ports: number[]): Part['ports'] => ports.map((port) => ({ address: NODE_ADDRESS, port }))
const authority = pkiFile('ca.crt')

/** The client certificate with which `name` reads who asks it, so that it need not trust everybody. */
const delegated = (name: string): readonly string[] => [
  `--kubeconfig=${kubeconfigFile(name)}`,
  `--authentication-kubeconfig=${kubeconfigFile(name)}`,
  `--authorization-kubeconfig=${kubeconfigFile(name)}`,
  '--authentication-skip-lookup=true',
  `--client-ca-file=${authority}`,
  '--bind-address=127.0.0.1',
  '--leader-elect=false',
  '--kube-api-qps=200',
  '--kube-api-burst=400',
]

const etcd: Part = {
  argv: [
    binary('etcd'),
    '--name=local',
    `--data-dir=${paths.etcd}`,
    '--listen-client-urls=https://127.0.0.1:2379',
    '--advertise-client-urls=https://127.0.0.1:2379',
    '--listen-peer-urls=https://127.0.0.1:2380',
    '--initial-advertise-peer-urls=https://127.0.0.1:2380',
    '--initial-cluster=local=https://127.0.0.1:2380',
    '--listen-metrics-urls=http://127.0.0.1:2381',
    `--cert-file=${pkiFile('etcd.crt')}`,
    `--key-file=${pkiFile('etcd.key')}`,
    '--client-cert-auth',
    `--trusted-ca-file=${pkiFile('etcd-ca.crt')}`,
    `--peer-cert-file=${pkiFile('etcd.crt')}`,
    `--peer-key-file=${pkiFile('etcd.key')}`,
    '--peer-client-cert-auth',
    `--peer-trusted-ca-file=${pkiFile('etcd-ca.crt')}`,
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=10m',
    '--log-level=warn',
  ],
  files: [pkiFile('etcd.crt')],
  ports: local(2379, 2380, 2381),
  graceMs: 5000,
}

const apiserver: Part = {
  argv: [
    binary('kube-apiserver'),
    '--etcd-servers=https://127.0.0.1:2379',
    `--etcd-cafile=${pkiFile('etcd-ca.crt')}`,
    `--etcd-certfile=${pkiFile('etcd.crt')}`,
    `--etcd-keyfile=${pkiFile('etcd.key')}`,
    `--bind-address=${NODE_ADDRESS}`,
    `--advertise-address=${NODE_ADDRESS}`,
    `--secure-port=${new URL(API_SERVER).port}`,
    `--client-ca-file=${authority}`,
    `--tls-cert-file=${pkiFile('apiserver.crt')}`,
    `--tls-private-key-file=${pkiFile('apiserver.key')}`,
    `--kubelet-client-certificate=${pkiFile('apiserver-kubelet.crt')}`,
    `--kubelet-client-key=${pkiFile('apiserver-kubelet.key')}`,
    `--kubelet-certificate-authority=${authority}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-key-file=${pkiFile('service-accounts.pub')}`,
    `--service-account-signing-key-file=${pkiFile('service-accounts.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${SERVICE_CIDR}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    '--anonymous-auth=false',
  ],
  files: [pkiFile('apiserver.crt'), pkiFile('apiserver-kubelet.crt'), pkiFile('etcd.crt')],
  ports: node(6443),
  // It keeps no state, and open watches would hold it for a minute.
  graceMs: 3000,
}

const controllerManager: Part = {
  argv: [
    binary('kube-controller-manager'),
    ...delegated('controller-manager'),
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${pkiFile('service-accounts.key')}`,
    `--root-ca-file=${authority}`,
    `--cluster-signing-cert-file=${authority}`,
    `--cluster-signing-key-file=${pkiFile('ca.key')}`,
  ],
  files: [kubeconfigFile('controller-manager')],
  ports: local(10257),
  graceMs: 5000,
}

const scheduler: Part = {
  argv: [binary('kube-scheduler'), ...delegated('scheduler')],
  files: [kubeconfigFile('scheduler')],
  ports: local(10259),
  graceMs: 5000,
}

const containerd: Part = {
  argv: ['containerd', '--config', configurationFile('containerd.toml'), '--log-level', 'warn'],
  files: [configurationFile('containerd.toml')],
  ports: [],
  graceMs: 10_000,
}

const kubelet: Part = {
  argv: [
    binary('kubelet'),
    `--config=${configurationFile('kubelet.json')}`,
    `--kubeconfig=${kubeconfigFile('kubelet')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--root-dir=${paths.kubelet}`,
  ],
  files: [configurationFile('kubelet.json'), kubeconfigFile('kubelet'), pkiFile('kubelet-serving.crt')],
  ports: [...node(10250), ...local(10248)],
  graceMs: 5000,
}

const proxy: Part = {
  argv: [binary('kube-proxy'), `--config=${configurationFile('kube-proxy.json')}`],
  files: [configurationFile('kube-proxy.json'), kubeconfigFile('proxy')],
  ports: local(10249, 10256),
  graceMs: 5000,
}

const dns: Part = {
  argv: [binary('coredns'), '-conf', configurationFile('Corefile')],
  files: [configurationFile('Corefile'), kubeconfigFile('coredns')],
  ports: node(53),
  graceMs: 5000,
}

const storage: Part = {
  argv: [process.execPath, '--disable-warning=ExperimentalWarning', here('storage.ts')],
  files: [kubeconfigFile('storage')],
  sources: ['storage.ts', 'storage-reconcile.ts', 'volumes.ts', 'mounts.ts', 'api.ts', 'settings.ts'].map(here),
  ports: [],
  // A volume that is being made gets the time to become complete.
  graceMs: 5000,
}

const temporal: Part = {
  argv: [
    binary('temporal'),
    'server',
    'start-dev',
    // Its services call each other at this address whatever is said here; pods come through the bridge (network.ts).
    '--ip=127.0.0.1',
    '--port=7233',
    '--ui-ip=127.0.0.1',
    '--ui-port=8233',
    `--db-filename=${join(paths.temporal, 'temporal.db')}`,
    '--ui-disable-news-fetch',
    '--log-level=warn',
  ],
  files: [],
  ports: local(7233, 8233),
  graceMs: 10_000,
}

/** All processes of the local cluster, by the names that `status` and `logs` use. */
export const parts = {
  etcd,
  apiserver,
  'controller-manager': controllerManager,
  scheduler,
  containerd,
  kubelet,
  'kube-proxy': proxy,
  dns,
  storage,
  temporal,
} as const satisfies Record<string, Part>

export type PartName = keyof typeof parts
export const partNames = Object.keys(parts) as readonly PartName[]

/** The address of the `kubernetes` Service, which the name service must know before it is ready. */
export const EXPECTED_DNS_ANSWER = API_SERVICE_ADDRESS
