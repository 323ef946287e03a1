import { kubeconfigFile, pkiFile } from './certificates.ts'
import { authority, binary, local, node, type Part } from './part.ts'
import { API_SERVER, NODE_ADDRESS, paths, SERVICE_CIDR } from './settings.ts'

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

export const etcd: Part = {
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

export const apiserver: Part = {
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

export const controllerManager: Part = {
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

export const scheduler: Part = {
  argv: [binary('kube-scheduler'), ...delegated('scheduler')],
  files: [kubeconfigFile('scheduler')],
  ports: local(10259),
  graceMs: 5000,
}
