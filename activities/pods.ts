import { type ClusterRef, objectNames, ordinalOf, POD_NAME_LABEL, selectorLabels } from '../src/domain/names.ts'
import type { PodView } from '../src/domain/snapshot.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import { podView } from '../src/kubernetes/views.ts'

type Pod = Kinds['Pod']

/** Of our StatefulSet, or let go of by its controller (as it does with a pod that lost its labels) and on our volume. */
const isMember = ({ metadata, spec }: Pod, statefulSet: string | undefined, claim: string): boolean => {
  const controller = metadata.ownerReferences?.find((owner) => owner.controller)
  if (controller) return controller.uid === statefulSet
  return spec?.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim) ?? false
}

/**
 * How many members a StatefulSet had that is gone without its pods: none of them goes before it has left the group, however
 * many are declared by now. Pods that are going with it do not count.
 */
export const countOrphans = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<number> => {
  const pods = await kubernetes.list('Pod', ref.namespace, selectorLabels(ref.name))
  const left = pods.filter(
    ({ metadata }) => !metadata.deletionTimestamp && !metadata.ownerReferences?.some(({ controller }) => controller),
  )
  return Math.max(0, ...left.map(({ metadata }) => ordinalOf(metadata.name) + 1))
}

/**
 * The pods of a cluster by ordinal: those that its labels select and, of the first `size`, also those that somebody took
 * the labels from. Without them neither Services nor the StatefulSet know them, and nobody can make another of that name.
 */
export const findPods = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  statefulSet: string | undefined,
  size: number,
): Promise<PodView[]> => {
  const { namespace } = ref
  const names = objectNames(ref.name)
  const selected = (await kubernetes.list('Pod', namespace, selectorLabels(ref.name))).map(podView)
  const ordinals = Array.from({ length: size }, (_, ordinal) => ordinal)
  const missing = ordinals.filter((ordinal) => !selected.some((pod) => pod.ordinal === ordinal))
  const lost = await Promise.all(
    missing.map(async (ordinal) => {
      const pod = await kubernetes.get('Pod', { namespace, name: names.pod(ordinal) })
      return pod && isMember(pod, statefulSet, names.claim(ordinal))
        ? [{ ...podView(pod), unlabelled: true } as const]
        : []
    }),
  )
  return [...selected, ...lost.flat()].toSorted((a, b) => a.ordinal - b.ordinal)
}

/** Gives the labels of the cluster back to the pods that lost them. Resolves with their names. */
export const labelPods = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  pods: readonly PodView[],
): Promise<readonly string[]> => {
  const lost = pods.filter((pod) => pod.unlabelled)
  for (const { name, uid } of lost) {
    const labels = { ...selectorLabels(ref.name), [POD_NAME_LABEL]: name }
    await kubernetes.patch('Pod', { namespace: ref.namespace, name }, { metadata: { uid, labels } })
  }
  return lost.map(({ name }) => name)
}
