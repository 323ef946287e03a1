import { parseQuantity } from '../../src/domain/quantity.ts'
import { type ApiClient, ApiError } from './api.ts'
import { NODE_NAME, PROVISIONER } from './settings.ts'
import { createVolume, dataDirectory, growVolume, listVolumes, removeVolume, volumeSize } from './volumes.ts'

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly deletionTimestamp?: string
}

export interface Claim {
  readonly metadata: Metadata
  readonly spec: {
    readonly storageClassName?: string
    readonly volumeName?: string
    readonly volumeMode?: string
    readonly accessModes: readonly string[]
    readonly resources: { readonly requests: { readonly storage: string } }
  }
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } }
}

export interface Volume {
  readonly metadata: Metadata
  readonly spec: {
    readonly storageClassName?: string
    readonly capacity: { readonly storage: string }
    readonly claimRef?: { readonly namespace: string; readonly name: string; readonly uid: string }
    readonly persistentVolumeReclaimPolicy: string
  }
  readonly status?: { readonly phase?: string }
}

const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
/** Set by the controller manager on a claim when the time for a volume has come, whatever its class's binding mode. */
const WANTED_FROM = 'volume.kubernetes.io/storage-provisioner'

const volumeName = (claim: Claim): string => `pvc-${claim.metadata.uid}`
const requested = (claim: Claim): number => parseQuantity(claim.spec.resources.requests.storage)
const quantity = (bytes: number): string => (bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}Mi` : `${bytes}`)
const isOurs = (volume: Volume): boolean => volume.metadata.annotations?.[PROVISIONED_BY] === PROVISIONER

const needsVolume = (claim: Claim): boolean =>
  claim.metadata.annotations?.[WANTED_FROM] === PROVISIONER &&
  !claim.spec.volumeName &&
  !claim.metadata.deletionTimestamp &&
  claim.spec.volumeMode !== 'Block'

const ignoring = async (status: number, work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== status) throw error
  })
}

const provision = async (api: ApiClient, claim: Claim): Promise<void> => {
  const name = volumeName(claim)
  const { namespace, name: claimName, uid } = claim.metadata
  await createVolume(name, requested(claim))
  const body = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [PROVISIONED_BY]: PROVISIONER } },
    spec: {
      capacity: { storage: quantity(volumeSize(requested(claim))) },
      accessModes: claim.spec.accessModes,
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: claim.spec.storageClassName,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claimName, uid },
      // A `local` volume gets the fsGroup of its pod, which a hostPath does not.
      local: { path: dataDirectory(name) },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] }] },
          ],
        },
      },
    },
  }
  await ignoring(409, api.call('POST', '/api/v1/persistentvolumes', body))
}

const grow = async (api: ApiClient, claim: Claim, volume: Volume): Promise<void> => {
  const size = quantity(volumeSize(requested(claim)))
  await growVolume(volume.metadata.name, requested(claim))
  const patch = { spec: { capacity: { storage: size } } }
  await api.call('PATCH', `/api/v1/persistentvolumes/${volume.metadata.name}`, patch)
  const { namespace, name } = claim.metadata
  const status = { status: { capacity: { storage: size }, conditions: null } }
  await api.call('PATCH', `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}/status`, status)
}

const release = async (api: ApiClient, name: string): Promise<void> => {
  await removeVolume(name)
  await ignoring(404, api.call('DELETE', `/api/v1/persistentvolumes/${name}`))
}

interface Task {
  readonly text: string
  readonly run: () => Promise<void>
}

const tasks = async (
  api: ApiClient,
  claims: readonly Claim[],
  volumes: readonly Volume[],
): Promise<readonly Task[]> => {
  const ours = volumes.filter(isOurs)
  const byUid = new Map(claims.map((claim) => [claim.metadata.uid, claim]))
  const named = new Set(ours.map((volume) => volume.metadata.name))
  const orphans = (await listVolumes()).filter((name) => !named.has(name) && !byUid.has(name.replace(/^pvc-/, '')))
  const provisioned = claims.filter((claim) => needsVolume(claim) && !named.has(volumeName(claim)))
  return [
    ...provisioned.map((claim) => ({
      text: `provision ${volumeName(claim)} for ${claim.metadata.namespace}/${claim.metadata.name}`,
      run: () => provision(api, claim),
    })),
    ...ours.flatMap((volume): readonly Task[] => {
      const { name } = volume.metadata
      const claim = byUid.get(volume.spec.claimRef?.uid ?? '')
      if (volume.status?.phase === 'Released' && volume.spec.persistentVolumeReclaimPolicy === 'Delete')
        return [{ text: `remove ${name}`, run: () => release(api, name) }]
      // Read from the claim too: after a crash between the two patches only its status is behind.
      const reported = Math.min(
        parseQuantity(volume.spec.capacity.storage),
        parseQuantity(claim?.status?.capacity?.storage ?? volume.spec.capacity.storage),
      )
      if (claim && claim.status?.phase === 'Bound' && volumeSize(requested(claim)) > reported)
        return [{ text: `grow ${name} to ${requested(claim)}`, run: () => grow(api, claim, volume) }]
      return []
    }),
    ...orphans.map((name) => ({ text: `remove orphan ${name}`, run: () => removeVolume(name) })),
  ]
}

/** One pass over everything: provisions, grows and removes at the same time; a failure is logged and left to the next. */
export const reconcileStorage = async (
  api: ApiClient,
  claims: readonly Claim[],
  volumes: readonly Volume[],
  log: (text: string) => void,
): Promise<void> => {
  const outcome = async ({ text, run }: Task): Promise<void> => {
    const started = Date.now()
    await run().then(
      () => log(`${text}: done in ${Date.now() - started} ms`),
      (error: unknown) => log(`${text}: ${error instanceof Error ? error.message : error}`),
    )
  }
  await Promise.all((await tasks(api, claims, volumes)).map(outcome))
}
