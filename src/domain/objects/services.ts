import type { V1Service } from '@kubernetes/client-node'
import type { ServiceSpec } from '../../../crds/mysqlcluster-spec.ts'
import { objectLabels, objectNames, ownerReference, PORTS, ROLE_LABEL, selectorLabels } from '../names.ts'
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
 * It publishes its pod whether Ready or not, as the observer has already seen that this pod takes writes.
 */
export const services = (input: ClusterInput): V1Service[] => {
  const { ref, spec } = input
  const names = objectNames(ref.name)
  const all = selectorLabels(ref.name)
  const reads = spec.size === 1 ? all : { ...all, [ROLE_LABEL]: 'replica' }
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
      { ...exposed(declared.replicas), selector: reads, ports: [MYSQL_PORT] },
      declared.replicas.annotations,
    ),
    service(
      input,
      names.any,
      { ...exposed(declared.any), selector: all, ports: [MYSQL_PORT] },
      declared.any.annotations,
    ),
  ]
}
