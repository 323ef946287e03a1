import { objectNames, selectorLabels } from '../../../src/domain/names.ts'
import { CLUSTER } from '../../support/snapshots.ts'
import type { TestCluster } from './cluster.ts'
import { type Stage, until } from './jest.ts'

const names = objectNames(CLUSTER)
const patched = { contentType: 'application/merge-patch+json' }
const claimPath = ({ ref: { namespace } }: TestCluster, ordinal: number) =>
  `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${names.claim(ordinal)}`

/** A StorageClass whose volumes can be made larger, or not; the same for all tests of its name. */
export const makeClass = ({ ask }: Stage, name: string, allowVolumeExpansion: boolean) =>
  ask('POST', '/apis/storage.k8s.io/v1/storageclasses', {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'example.com/none',
    allowVolumeExpansion,
  })

/** What the controllers of volumes would write of a claim. */
export const reportVolume = (stage: Stage, cluster: TestCluster, ordinal: number, storage: string) =>
  stage.ask(
    'PATCH',
    `${claimPath(cluster, ordinal)}/status`,
    { status: { phase: 'Bound', capacity: { storage } } },
    patched,
  )

/** A claim of a member, bound to a volume. */
export const makeVolume = async (stage: Stage, cluster: TestCluster, ordinal: number, storageClassName: string) => {
  const { namespace } = cluster.ref
  await stage.kubernetes.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace, name: names.claim(ordinal), labels: selectorLabels(CLUSTER) },
    spec: {
      ...{ accessModes: ['ReadWriteOnce'], storageClassName, volumeName: `pv-${ordinal}` },
      resources: { requests: { storage: '10Gi' } },
    },
  } as never)
  await reportVolume(stage, cluster, ordinal, '10Gi')
}

/** Lets go of a StatefulSet that is deleted without its pods, as the garbage collector does; resolves once it is gone. */
export const letGo = async (stage: Stage, { ref }: TestCluster): Promise<void> => {
  const path = `/apis/apps/v1/namespaces/${ref.namespace}/statefulsets/${ref.name}`
  const marked = async () =>
    (await stage.kubernetes.get('StatefulSet', ref))?.metadata.finalizers?.includes('orphan') ?? false
  await until('the StatefulSet is deleted', marked)
  await stage.ask('PATCH', path, { metadata: { finalizers: null } }, patched)
}
