import type { V1ConfigMap } from '@kubernetes/client-node'
import { digest } from '../digest.ts'
import { renderMyCnf } from '../mycnf.ts'
import { objectLabels, objectNames, ownerReference } from '../names.ts'
import type { ClusterInput } from './cluster.ts'
import { SCRIPTS } from './scripts.ts'

/** The immutable ConfigMap that the pods mount; its name carries its content, so that it rides with the pod template. */
export const configuration = ({ ref, spec }: ClusterInput): V1ConfigMap & { metadata: { name: string } } => {
  const data = { 'my.cnf': renderMyCnf(spec, ref.uid), ...SCRIPTS }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectNames(ref.name).config(digest(data)),
      namespace: ref.namespace,
      labels: objectLabels(ref.name),
      ownerReferences: [ownerReference(ref)],
    },
    immutable: true,
    data,
  }
}
