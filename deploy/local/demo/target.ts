import { join } from 'node:path'
import { localCluster } from '../cluster.ts'
import { attempt } from '../command.ts'
import { Problem } from '../problem.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'

/** The cluster that the demo runs in. */
export interface Target {
  readonly kind: 'local' | 'context'
  readonly kubectl: Kubectl
  /** Kustomizations, relative to the repository. */
  readonly manifests: string
  readonly sample: string
  /** The image to put into the sample instead of its own. */
  readonly sampleImage: string | undefined
  /** Runs the client that writes and reads. */
  readonly mysqlImage: string
  readonly temporalUi: string | undefined
  /** The operator's image, where it is not the one that the manifests name. */
  readonly operatorImage: string | undefined
  readonly temporalAddress: string | undefined
}

/** The local one-node cluster. */
export const localTarget = (): Target => {
  const { binDirectory, kubeconfig, temporalUi } = localCluster()
  return {
    kind: 'local',
    kubectl: createKubectl([join(binDirectory, 'kubectl'), '--kubeconfig', kubeconfig]),
    manifests: 'deploy/manifests/local',
    sample: 'deploy/samples-local',
    sampleImage: undefined,
    mysqlImage: 'mysql:9.7',
    temporalUi,
    operatorImage: undefined,
    temporalAddress: undefined,
  }
}

const nonEmpty = (name: string): string | undefined => process.env[name] || undefined

/** The cluster of a kube context. Its operator's image and its Temporal are the user's to provide; MYSQL_IMAGE where it cannot pull mysql:8.0. */
export const contextTarget = async (context: string): Promise<Target> => {
  if ((await attempt(['kubectl', 'version', '--client'])).code !== 0)
    throw new Problem('CONTEXT needs kubectl, which is not on the PATH', 'install kubectl, or leave CONTEXT empty')
  const operatorImage = nonEmpty('IMAGE')
  if (!operatorImage)
    throw new Problem(
      `the cluster of context ${context} cannot know the operator's image, which is in no registry`,
      'build it (make image), push it to a registry of yours, and name it: make demo CONTEXT=… IMAGE=<registry>/<image>:<tag>',
    )
  return {
    kind: 'context',
    kubectl: createKubectl(['kubectl', '--context', context]),
    manifests: 'deploy/manifests/base',
    sample: 'deploy/samples',
    sampleImage: nonEmpty('MYSQL_IMAGE'),
    mysqlImage: nonEmpty('MYSQL_IMAGE') ?? 'mysql:8.0',
    temporalUi: nonEmpty('TEMPORAL_UI'),
    operatorImage,
    temporalAddress: nonEmpty('TEMPORAL_ADDRESS'),
  }
}
