import { stateOf } from '../src/domain/cluster-state.ts'
import { OperatorError } from '../src/domain/errors.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import { judgeRemoval } from '../src/domain/node-trouble.ts'
import type { NodeView, PodView } from '../src/domain/snapshot.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import { evidence } from './group.ts'
import type { Ports } from './ports.ts'

/** The node of a pod, as Kubernetes sees it; undefined when that cannot be told now, or the pod has none. */
const findNode = async (kubernetes: Kubernetes, name: string): Promise<NodeView | undefined> => {
  try {
    const node = await kubernetes.get('Node', { namespace: '', name })
    if (!node) return { name, state: 'Gone' }
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status === 'True') return { name, state: 'Ready' }
    const since = Date.parse(ready?.lastTransitionTime ?? node.metadata.creationTimestamp)
    return { name, state: 'NotReady', since }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return error.code === 'Forbidden' ? { name, state: 'Denied' } : undefined
  }
}

/** The pods with the nodes of those whose members do not answer. */
export const withNodes = (
  kubernetes: Kubernetes,
  pods: readonly PodView[],
  answering: readonly { readonly pod: string }[],
): Promise<PodView[]> =>
  Promise.all(
    pods.map(async (pod) => {
      if (pod.nodeName === undefined || answering.some((member) => member.pod === pod.name)) return pod
      const node = await findNode(kubernetes, pod.nodeName)
      return node ? { ...pod, node } : pod
    }),
  )

/**
 * Removes the pod of a member from a lost node, without grace. Resolves with the node; with nothing when it is not there any more.
 * The pod is read before the evidence: a kubelet that is back has changed it since, and then it stays.
 */
export const removePod = async (ports: Ports, ref: ClusterRef, pod: string): Promise<{ node?: string }> => {
  const key = { namespace: ref.namespace, name: pod }
  const before = await ports.kubernetes.get('Pod', key)
  const { snapshot } = await evidence(ports, ref)
  const verdict = judgeRemoval(snapshot, stateOf(snapshot), pod)
  if (verdict.kind === 'Needless') return {}
  if (verdict.kind !== 'Remove') throw new OperatorError('GateClosed', verdict.why)
  const node = snapshot.pods.find(({ name }) => name === pod)?.node?.name
  const resourceVersion = before?.metadata.resourceVersion ?? ''
  await ports.kubernetes.delete('Pod', key, verdict.uid, { atOnce: true, resourceVersion })
  return node ? { node } : {}
}
