import type { V1Deployment } from '@kubernetes/client-node'
import type { Location } from '../../../crds/backup-store.ts'
import { AGENT_PATHS, ARCHIVE_PORT } from '../agent-paths.ts'
import { archivePath } from '../archive.ts'
import { memberHost, objectLabels, objectNames, ownerReference } from '../names.ts'
import type { ClusterInput } from './cluster.ts'
import { type AgentImage, MYSQL_USER, mount, RESTRICTED, storeVolumes } from './job-pod.ts'
import { type MembersPolicy, operatorPeer } from './network.ts'

export interface ArchiverInput extends ClusterInput {
  readonly location: Location
  readonly agent: AgentImage
}

/** Not those of the members: no Service and no StatefulSet may take it for one. */
export const archiverLabels = (cluster: string) => ({
  ...objectLabels(cluster, 'archive'),
  'app.kubernetes.io/name': 'mysql-archiver',
})

/**
 * The pod that archives the binary log of a cluster: it reads from one of the members and writes to the store. It may do nothing on the
 * API server. One at a time; two would only store the same twice.
 */
export const archiver = ({ ref, spec, domain, location, agent }: ArchiverInput): V1Deployment => {
  const names = objectNames(ref.name)
  const labels = archiverLabels(ref.name)
  const hosts = Array.from({ length: spec.size }, (_, ordinal) => memberHost(ref, names.pod(ordinal), domain))
  const task = { location, path: archivePath(ref), hosts }
  const stores = storeVolumes(location)
  const { pod } = spec
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: names.archiver, namespace: ref.namespace, labels, ownerReferences: [ownerReference(ref)] },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsUser: MYSQL_USER,
            runAsGroup: MYSQL_USER,
            fsGroup: MYSQL_USER,
            fsGroupChangePolicy: 'OnRootMismatch',
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'archiver',
              image: agent.image,
              ...(agent.pullPolicy ? { imagePullPolicy: agent.pullPolicy } : {}),
              command: ['node', 'dist/src/agent/archiver-main.js'],
              env: [
                { name: 'TASK', value: JSON.stringify(task) },
                { name: 'NODE_OPTIONS', value: '--max-old-space-size=96' },
              ],
              ports: [{ name: 'state', containerPort: ARCHIVE_PORT, protocol: 'TCP' }],
              // A segment and its compressed form are held at a time, and so is a transaction, however large it is.
              resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
              securityContext: RESTRICTED,
              livenessProbe: { httpGet: { path: '/healthz', port: 'state' }, periodSeconds: 30, timeoutSeconds: 5 },
              volumeMounts: [
                mount('members', AGENT_PATHS.members, true),
                ...stores.map(([, mounted]) => mounted),
                mount('tmp', '/tmp'),
              ],
              terminationMessagePolicy: 'FallbackToLogsOnError',
            },
          ],
          volumes: [
            {
              name: 'members',
              projected: {
                defaultMode: 0o440,
                sources: [
                  { secret: { name: names.system, items: [{ key: 'archive', path: 'archive' }] } },
                  { secret: { name: names.tls, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
                ],
              },
            },
            ...stores.map(([volume]) => volume),
            { name: 'tmp', emptyDir: {} },
          ],
          ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
          ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
          ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets } : {}),
          ...(pod.tolerations ? { tolerations: pod.tolerations as never } : {}),
        },
      },
    },
  }
}

/** Who reaches the pod that archives: only the operator's processes, which ask how far it is. */
export const archiverPolicy = ({ ref }: Pick<ClusterInput, 'ref'>, operatorNamespace: string): MembersPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: {
    name: objectNames(ref.name).archiver,
    namespace: ref.namespace,
    labels: archiverLabels(ref.name),
    ownerReferences: [ownerReference(ref)],
  },
  spec: {
    podSelector: { matchLabels: archiverLabels(ref.name) },
    policyTypes: ['Ingress'],
    ingress: [{ ports: [{ protocol: 'TCP', port: ARCHIVE_PORT }], from: [operatorPeer(operatorNamespace)] }],
  },
})
