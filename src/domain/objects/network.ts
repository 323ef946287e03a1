import type { V1LabelSelector, V1NetworkPolicy, V1NetworkPolicyPort } from '@kubernetes/client-node'
import { MANAGED_BY, objectLabels, objectNames, ownerReference, PORTS, selectorLabels } from '../names.ts'
import type { ClusterInput } from './cluster.ts'

/** As it is written to the API server; the library's own type names `from` otherwise. */
export interface MembersPolicy extends Omit<V1NetworkPolicy, 'spec'> {
  readonly spec: {
    readonly podSelector: V1LabelSelector
    readonly policyTypes: readonly string[]
    readonly ingress: readonly {
      readonly ports: readonly V1NetworkPolicyPort[]
      readonly from?: readonly { readonly namespaceSelector?: V1LabelSelector; readonly podSelector: V1LabelSelector }[]
    }[]
  }
}

/** Kubernetes gives every namespace a label with its name. */
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name'

/** The operator's processes. */
export const operatorPeer = (operatorNamespace: string) => ({
  namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: operatorNamespace } },
  podSelector: { matchLabels: { 'app.kubernetes.io/name': MANAGED_BY } },
})

/**
 * Who reaches the members: anybody on the port of clients and group, but on the admin port only the members themselves and the
 * operator's processes in `operatorNamespace`. What comes from the node (kubelet's probes) is always let in by Kubernetes.
 */
export const networkPolicy = ({ ref }: ClusterInput, operatorNamespace: string): MembersPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: {
    name: objectNames(ref.name).network,
    namespace: ref.namespace,
    labels: objectLabels(ref.name),
    ownerReferences: [ownerReference(ref)],
  },
  spec: {
    podSelector: { matchLabels: selectorLabels(ref.name) },
    policyTypes: ['Ingress'],
    ingress: [
      { ports: [{ protocol: 'TCP', port: PORTS.mysql }] },
      {
        ports: [{ protocol: 'TCP', port: PORTS.admin }],
        from: [{ podSelector: { matchLabels: selectorLabels(ref.name) } }, operatorPeer(operatorNamespace)],
      },
    ],
  },
})
