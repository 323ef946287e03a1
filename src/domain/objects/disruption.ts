import type { V1PodDisruptionBudget } from '@kubernetes/client-node'
import { objectLabels, objectNames, ownerReference, selectorLabels } from '../names.ts'
import type { ClusterInput } from './cluster.ts'

/** At most one member is drained at a time; one that is broken anyway never stands in the way of a drain. */
export const disruptionBudget = ({ ref }: ClusterInput): V1PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: {
    name: objectNames(ref.name).disruption,
    namespace: ref.namespace,
    labels: objectLabels(ref.name),
    ownerReferences: [ownerReference(ref)],
  },
  spec: {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: selectorLabels(ref.name) },
  },
})
