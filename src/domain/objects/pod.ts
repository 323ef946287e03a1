import type {
  V1Container,
  V1PodTemplateSpec,
  V1TopologySpreadConstraint,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node'
import type { MySQLClusterSpec } from '../../../crds/mysqlcluster-spec.ts'
import { PATHS } from '../mycnf.ts'
import {
  memberHost,
  objectLabels,
  objectNames,
  PORTS,
  READS_LABEL,
  SERVES_LABEL,
  selectorLabels,
  YES,
} from '../names.ts'
import { REBUILD_ANNOTATION } from '../rebuild.ts'
import { SYSTEM_ACCOUNTS } from './accounts.ts'
import type { ClusterInput } from './cluster.ts'

/** Where start.sh finds what it is asked to do; pods that have it can be rebuilt whatever their data are. */
export const REQUEST_VOLUME = 'request'

/** The user of the official mysql images. */
const MYSQL_USER = 999

const run = (script: string): string[] => ['sh', `${PATHS.config}/${script}`]

const environment = ({ ref, domain }: ClusterInput): V1Container['env'] => [
  { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  { name: 'MEMBER_HOST', value: memberHost(ref, '$(POD_NAME)', domain) },
]

const restricted: V1Container['securityContext'] = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

const mount = (name: string, mountPath: string, readOnly = false): V1VolumeMount => ({
  name,
  mountPath,
  ...(readOnly ? { readOnly } : {}),
})

const MOUNTS = [
  mount('data', PATHS.volume),
  mount('config', PATHS.config, true),
  mount('run', PATHS.run),
  mount('tmp', '/tmp'),
  mount('tls', PATHS.tls, true),
  mount('secrets', PATHS.secrets, true),
  mount(REQUEST_VOLUME, PATHS.pod, true),
]

const volumes = ({ ref }: ClusterInput, configMap: string): V1Volume[] => {
  const names = objectNames(ref.name)
  const item = (key: string) => ({ key, path: key })
  return [
    { name: 'config', configMap: { name: configMap, defaultMode: 0o444 } },
    // Passwords are written here and nowhere else: this is memory, and gone with the pod.
    { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    { name: 'tmp', emptyDir: {} },
    {
      name: REQUEST_VOLUME,
      downwardAPI: {
        defaultMode: 0o444,
        items: [{ path: 'rebuild', fieldRef: { fieldPath: `metadata.annotations['${REBUILD_ANNOTATION}']` } }],
      },
    },
    {
      name: 'tls',
      secret: { secretName: names.tls, defaultMode: 0o440, items: ['ca.crt', 'tls.crt', 'tls.key'].map(item) },
    },
    {
      name: 'secrets',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: names.system, items: SYSTEM_ACCOUNTS.map(item) } },
          { secret: { name: names.app, items: [{ key: 'password', path: 'app' }] } },
        ],
      },
    },
  ]
}

const resources = (spec: MySQLClusterSpec): NonNullable<V1Container['resources']> =>
  JSON.parse(JSON.stringify(spec.resources), (_, value) => (typeof value === 'number' ? `${value}` : value))

const mysqld = (input: ClusterInput): V1Container => ({
  name: 'mysqld',
  image: input.spec.image,
  command: run('start.sh'),
  env: environment(input) ?? [],
  ports: [
    { name: 'mysql', containerPort: PORTS.mysql, protocol: 'TCP' },
    { name: 'admin', containerPort: PORTS.admin, protocol: 'TCP' },
  ],
  resources: resources(input.spec),
  securityContext: restricted,
  volumeMounts: MOUNTS,
  // The end of the log, in the status of the pod: there the operator finds why mysqld did not start.
  terminationMessagePolicy: 'FallbackToLogsOnError',
  // Crash recovery and upgrades of the data dictionary may take hours; they are never killed by a probe.
  // The admin port opens when the server takes connections; to knock at it costs nothing, unlike a program in the pod.
  startupProbe: { tcpSocket: { port: 'admin' }, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 14_400 },
  livenessProbe: { exec: { command: run('alive.sh') }, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 15 },
  readinessProbe: { exec: { command: run('ready.sh') }, periodSeconds: 3, timeoutSeconds: 6, failureThreshold: 2 },
  lifecycle: { preStop: { exec: { command: run('stop.sh') } } },
})

const spread = (cluster: string): V1TopologySpreadConstraint[] =>
  ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorLabels(cluster) },
  }))

/** What a person declares is taken as it is: its shape is checked by the API server, where the pod is made. */
const constraints = ({ ref, spec: { pod } }: ClusterInput): V1TopologySpreadConstraint[] => {
  // Declared without a shape in our CRD, hence the cast.
  if (pod.topologySpreadConstraints) return pod.topologySpreadConstraints as unknown as V1TopologySpreadConstraint[]
  return pod.affinity ? [] : spread(ref.name)
}

/** The pod of a member. It needs no rights on the API server, no root and no writable root file system. */
export const podTemplate = (
  input: ClusterInput,
  configMap: string,
  annotations: Record<string, string>,
): V1PodTemplateSpec => {
  const { ref, spec } = input
  const { pod } = spec
  return {
    metadata: {
      // Without an operator a member is read as soon as it is ready; the observer takes away from whom it must not be.
      labels: { ...pod.labels, ...objectLabels(ref.name), [READS_LABEL]: YES, [SERVES_LABEL]: YES },
      annotations: { ...pod.annotations, ...annotations, 'kubectl.kubernetes.io/default-container': 'mysqld' },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds,
      securityContext: {
        runAsUser: MYSQL_USER,
        runAsGroup: MYSQL_USER,
        fsGroup: MYSQL_USER,
        fsGroupChangePolicy: 'OnRootMismatch',
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [mysqld(input)],
      volumes: volumes(input, configMap),
      ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
      ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
      ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets } : {}),
      ...(pod.tolerations ? { tolerations: pod.tolerations } : {}),
      ...(pod.affinity ? { affinity: pod.affinity } : {}),
      topologySpreadConstraints: constraints(input),
    },
  }
}
