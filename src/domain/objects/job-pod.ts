import type { V1Container, V1Job, V1PodSpec, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import type { Location } from '../../../crds/backup-store.ts'
import type { MySQLClusterSpec } from '../../../crds/mysqlcluster-spec.ts'
import { AGENT_PATHS } from '../agent-paths.ts'
import { objectLabels } from '../names.ts'

/** The user of the official mysql images; the agent has to read what mysqld writes, and the other way round. */
export const MYSQL_USER = 999

/** The image of the operator, as its own pods have it. */
export interface AgentImage {
  readonly image: string
  readonly pullPolicy?: string
}

/** As the standard for restricted pods asks (Kubernetes, "Pod Security Standards"). */
export const RESTRICTED: NonNullable<V1Container['securityContext']> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

export const mount = (name: string, mountPath: string, readOnly = false): V1VolumeMount => ({
  name,
  mountPath,
  ...(readOnly ? { readOnly } : {}),
})

/** A volume with some keys of a Secret; the pod waits where the Secret lacks one. */
export const secretVolume = (name: string, secretName: string, ...keys: readonly string[]): V1Volume => ({
  name,
  secret: { secretName, defaultMode: 0o440, items: keys.map((key) => ({ key, path: key })) },
})

/** What the agent needs to open a store: the keys of its Secrets, or the volume itself. */
export const storeVolumes = ({ s3, volume, encryption }: Location): readonly (readonly [V1Volume, V1VolumeMount])[] => {
  const secret = (name: string, from: string, path: string, ...keys: readonly string[]) =>
    [secretVolume(name, from, ...keys), mount(name, path, true)] as const
  return [
    ...(volume
      ? [
          [
            { name: 'store', persistentVolumeClaim: { claimName: volume.claimName } },
            mount('store', AGENT_PATHS.store),
          ] as const,
        ]
      : []),
    ...(s3
      ? [
          secret(
            'credentials',
            s3.credentialsSecret,
            AGENT_PATHS.credentials,
            'AWS_ACCESS_KEY_ID',
            'AWS_SECRET_ACCESS_KEY',
          ),
        ]
      : []),
    ...(s3?.caSecret ? [secret('authority', s3.caSecret, AGENT_PATHS.authority, 'ca.crt')] : []),
    ...(encryption ? [secret('key', encryption.keySecret, AGENT_PATHS.key, 'key')] : []),
  ]
}

/** `unpack` does its part before another container, and leaves no result unless it fails. */
export type AgentName = 'agent' | 'unpack'

/** The container that moves data between a volume and the store. `task` holds no secret. */
export const agentContainer = (
  { image, pullPolicy }: AgentImage,
  location: Location,
  task: object,
  mounts: readonly V1VolumeMount[],
  name: AgentName = 'agent',
): V1Container => ({
  name,
  image,
  ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
  command: ['node', 'dist/src/agent/main.js'],
  env: [
    { name: 'TASK', value: JSON.stringify(task) },
    { name: 'NODE_OPTIONS', value: '--max-old-space-size=96' },
  ],
  resources: { requests: { cpu: '100m', memory: '192Mi' }, limits: { memory: '320Mi' } },
  securityContext: RESTRICTED,
  volumeMounts: [...mounts, ...storeVolumes(location).map(([, mounted]) => mounted), mount('tmp', '/tmp')],
  terminationMessagePolicy: 'FallbackToLogsOnError',
})

/** A container with the cluster's image of MySQL that runs one script. */
export const mysqlContainer = (
  image: string,
  script: string,
  env: Readonly<Record<string, string>>,
  mounts: readonly V1VolumeMount[],
): V1Container => ({
  name: 'mysql',
  image,
  command: ['sh', '-c', script],
  env: Object.entries(env).map(([name, value]) => ({ name, value })),
  // With the tables of performance_schema, which tell how far a copy is, mysqld takes half a gigabyte.
  resources: { requests: { cpu: '100m', memory: '640Mi' }, limits: { memory: '1Gi' } },
  securityContext: RESTRICTED,
  volumeMounts: [...mounts, mount('run', '/run/mysqld'), mount('tmp', '/tmp')],
  terminationMessagePolicy: 'FallbackToLogsOnError',
})

/** The labels of what a Job is made of. Not those of the members: no Service and no StatefulSet may take it for one. */
export const jobLabels = (cluster: string, component: 'backup' | 'restore' | 'verification' | 'removal') => ({
  ...objectLabels(cluster, component),
  'app.kubernetes.io/name': 'mysql-job',
})

/** A volume that lives as long as its pod, as large as that of a member. */
export const scratchVolume = (
  { storage }: Pick<MySQLClusterSpec, 'storage'>,
  labels: Readonly<Record<string, string>>,
): V1Volume => ({
  name: 'scratch',
  ephemeral: {
    volumeClaimTemplate: {
      metadata: { labels },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(storage.storageClassName ? { storageClassName: storage.storageClassName } : {}),
        resources: { requests: { storage: storage.size } },
      },
    },
  },
})

/** A Job of one pod that is not tried again by itself: whoever made it decides. It may do nothing on the API server. */
export const job = (
  metadata: V1Job['metadata'],
  location: Location,
  { pod }: Pick<MySQLClusterSpec, 'pod'>,
  parts: { readonly before: readonly V1Container[]; readonly main: V1Container; readonly volumes: readonly V1Volume[] },
): V1Job => {
  const labels = metadata?.labels ?? {}
  const spec: V1PodSpec = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsUser: MYSQL_USER,
      runAsGroup: MYSQL_USER,
      fsGroup: MYSQL_USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    initContainers: [...parts.before],
    containers: [parts.main],
    volumes: [
      ...parts.volumes,
      ...storeVolumes(location).map(([volume]) => volume),
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
      { name: 'tmp', emptyDir: {} },
    ],
    ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
    ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
    ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets } : {}),
    ...(pod.tolerations ? { tolerations: pod.tolerations as NonNullable<V1PodSpec['tolerations']> } : {}),
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    ...(metadata ? { metadata } : {}),
    // It is removed by whoever made it; this is for the case that nobody comes.
    spec: { backoffLimit: 0, ttlSecondsAfterFinished: 86_400, template: { metadata: { labels }, spec } },
  }
}
