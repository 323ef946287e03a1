import type { V1Service } from '@kubernetes/client-node'
import type { ServiceSpec } from '../../../crds/mysqlcluster-spec.ts'
import {
  objectLabels,
  objectNames,
  ownerReference,
  PORTS,
  READS_LABEL,
  ROLE_LABEL,
  SERVES_LABEL,
  selectorLabels,
  YES,
} from '../names.ts'
import type { ClusterInput } from './cluster.ts'

const MYSQL_PORT = { name: 'mysql', port: PORTS.mysql, protocol: 'TCP', targetPort: 'mysql' } as const
const ADMIN_PORT = { name: 'admin', port: PORTS.admin, protocol: 'TCP', targetPort: 'admin' } as const

const service = ({ ref }: ClusterInput, name: string, spec: V1Service['spec'], annotations = {}): V1Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name,
    namespace: ref.namespace,
    labels: objectLabels(ref.name),
    annotations,
    ownerReferences: [ownerReference(ref)],
  },
  ...(spec ? { spec } : {}),
})

const exposed = (declared: ServiceSpec) => ({
  type: declared.type,
  ...(declared.loadBalancerSourceRanges ? { loadBalancerSourceRanges: declared.loadBalancerSourceRanges } : {}),
})

/**
 * The Services of a cluster. The write Service has no selector here: the observer alone owns it.
 * It publishes its pod whether Ready or not, as the observer has already seen that this pod takes writes. The read Services
 * lead to the pods that it labels.
 */
export const services = (input: ClusterInput): V1Service[] => {
  const { ref, spec } = input
  const names = objectNames(ref.name)
  const all = selectorLabels(ref.name)
  const declared = spec.services
  return [
    service(input, names.headless, {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: all,
      ports: [MYSQL_PORT, ADMIN_PORT],
    }),
    service(
      input,
      names.primary,
      { ...exposed(declared.primary), publishNotReadyAddresses: true, ports: [MYSQL_PORT] },
      declared.primary.annotations,
    ),
    service(
      input,
      names.replicas,
      { ...exposed(declared.replicas), selector: { ...all, [READS_LABEL]: YES }, ports: [MYSQL_PORT] },
      declared.replicas.annotations,
    ),
    service(
      input,
      names.any,
      { ...exposed(declared.any), selector: { ...all, [SERVES_LABEL]: YES }, ports: [MYSQL_PORT] },
      declared.any.annotations,
    ),
  ]
}

/** True for what an older operator had a read Service select: all members, or those that are labelled as replicas. */
export const isOlderSelector = (cluster: string, selector: Readonly<Record<string, string>> | undefined): boolean => {
  const all = selectorLabels(cluster)
  const older: readonly Readonly<Record<string, string>>[] = [all, { ...all, [ROLE_LABEL]: 'replica' }]
  const entries = Object.entries(selector ?? {})
  return older.some(
    (one) => entries.length === Object.keys(one).length && entries.every(([key, value]) => one[key] === value),
  )
}
