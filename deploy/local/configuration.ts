import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubeconfigFile, pkiFile, writeSecret } from './certificates.ts'
import { CGROUP_ROOT } from './cgroups.ts'
import { BRIDGE, CLUSTER_DOMAIN, NODE_ADDRESS, NODE_NAME, PAUSE_IMAGE, POD_CIDR, paths } from './settings.ts'

const containerd = `version = 2
root = "${paths.containerdRoot}"
state = "${paths.containerdState}"
[grpc]
  address = "${paths.containerdSocket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${paths.containerdRoot}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Root may lack CAP_SYS_RESOURCE (in containers and sandboxes) and then cannot lower the score.
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(paths.configuration, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`

/** Masquerading is a table of ours (network.ts), so that CNI leaves nothing in iptables. */
const cni = {
  cniVersion: '1.0.0',
  name: BRIDGE,
  plugins: [
    {
      type: 'bridge',
      bridge: BRIDGE,
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        dataDir: paths.addresses,
        ranges: [[{ subnet: POD_CIDR, gateway: NODE_ADDRESS }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
}

const kubelet = {
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: NODE_ADDRESS,
  healthzBindAddress: '127.0.0.1',
  cgroupDriver: 'cgroupfs',
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
  podLogsDir: paths.podLogs,
  volumePluginDir: join(paths.kubelet, 'volume-plugins'),
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: pkiFile('ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: pkiFile('kubelet-serving.crt'),
  tlsPrivateKeyFile: pkiFile('kubelet-serving.key'),
  clusterDNS: [NODE_ADDRESS],
  clusterDomain: CLUSTER_DOMAIN,
  resolvConf: join(paths.configuration, 'resolv.conf'),
  cgroupRoot: CGROUP_ROOT,
  enforceNodeAllocatable: [],
  makeIPTablesUtilChains: false,
  // Images come from archives: what is collected could not be pulled again.
  imageGCHighThresholdPercent: 100,
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '1%',
    'imagefs.available': '1%',
    'nodefs.inodesFree': '1%',
  },
  // A crashed container is back at once, however often it crashes.
  featureGates: { KubeletCrashLoopBackOffMax: true },
  crashLoopBackOff: { maxContainerRestartPeriod: '1s' },
}

const proxy = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  clientConnection: { kubeconfig: kubeconfigFile('proxy') },
  mode: 'nftables',
  hostnameOverride: NODE_NAME,
  clusterCIDR: POD_CIDR,
  healthzBindAddress: '127.0.0.1:10256',
  metricsBindAddress: '127.0.0.1:10249',
  // Not every machine lets root set these.
  conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
}

const hasUpstreamResolver = (): boolean => {
  try {
    return /^nameserver\s/m.test(readFileSync('/etc/resolv.conf', 'utf8'))
  } catch {
    return false
  }
}

const corefile = (): string => `.:53 {
  bind ${NODE_ADDRESS}
  errors
  kubernetes ${CLUSTER_DOMAIN} in-addr.arpa {
    kubeconfig ${kubeconfigFile('coredns')}
    ttl 1
  }
${hasUpstreamResolver() ? '  forward . /etc/resolv.conf\n' : ''}}
`

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** The configuration files of the parts: path relative to the configuration directory, and content. */
export const configurationFiles = (): Readonly<Record<string, string>> => ({
  'containerd.toml': containerd,
  'cni/10-bridge.conflist': json(cni),
  'kubelet.json': json(kubelet),
  'kube-proxy.json': json(proxy),
  Corefile: corefile(),
  'resolv.conf': `nameserver ${NODE_ADDRESS}\n`,
})

/** Where a configuration file is. */
export const configurationFile = (name: keyof ReturnType<typeof configurationFiles> & string): string =>
  join(paths.configuration, name)

/** Writes all configuration files. */
export const writeConfiguration = async (): Promise<void> => {
  for (const [name, content] of Object.entries(configurationFiles()))
    await writeSecret(configurationFile(name), content)
}
