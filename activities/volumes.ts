import type { MySQLCluster } from '../crds/mysqlcluster.ts'
import { type ErrorCode, OperatorError } from '../src/domain/errors.ts'
import { compareSizes } from '../src/domain/growth.ts'
import { ordinalOf } from '../src/domain/names.ts'
import type { VolumesView } from '../src/domain/snapshot.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'

type Claim = Kinds['PersistentVolumeClaim']
type StatefulSet = Kinds['StatefulSet']

const sizeIn = (statefulSet: StatefulSet): string | undefined =>
  statefulSet.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage']

const asksOf = (claim: Claim): string | undefined => claim.spec?.resources?.requests?.['storage']

/** What a claim that is to be larger is patched with. */
export const larger = (size: string) => ({ spec: { resources: { requests: { storage: size } } } })

/** The answers of the API server that are about the volume. Source: Kubernetes, admission plugins for resizing and for quotas. */
const ANSWERS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/exceeded quota/i, 'QuotaExceeded'],
  [/only dynamically provisioned pvc can be resized|storageclass that provisions/i, 'VolumeNotExpandable'],
]

/** Why the API server would not let a claim grow; undefined when it would, or when that is not known. */
const refusalOf = async (kubernetes: Kubernetes, { metadata }: Claim, size: string) => {
  try {
    await kubernetes.patch('PersistentVolumeClaim', metadata, larger(size), { dryRun: true })
    return undefined
  } catch (error) {
    if (!(error instanceof OperatorError) || (error.code !== 'Forbidden' && error.code !== 'KubernetesRefused'))
      return undefined
    const known = ANSWERS.find(([pattern]) => pattern.test(error.detail))
    return { reason: known?.[1] ?? error.code, why: `${metadata.name}: ${error.detail}` }
  }
}

/** How large the volumes are declared, and how large they were made; what is in the way of it, asked without doing it. */
export const viewVolumes = async (
  kubernetes: Kubernetes,
  { spec, status, metadata }: MySQLCluster,
  statefulSet: StatefulSet | undefined,
  claims: readonly Claim[],
  size: number,
): Promise<VolumesView | undefined> => {
  const template = statefulSet && sizeIn(statefulSet)
  if (!template || status?.group?.incarnation === undefined || metadata.deletionTimestamp) return undefined
  const declared = spec.storage.size
  // Members that found volumes, as of a cluster before, may have smaller ones than the StatefulSet makes.
  const members = claims
    .filter((claim) => ordinalOf(claim.metadata.name) < size)
    .flatMap((claim) => asksOf(claim) ?? [])
  const smallest = [template, ...members].toSorted(compareSizes)[0] ?? template
  const view = { made: status.storage?.size ?? smallest, declared, template }
  if (spec.paused) return view
  for (const claim of claims) {
    const asks = asksOf(claim)
    if (compareSizes(declared, view.made) <= 0 || claim.status?.phase !== 'Bound') continue
    if (asks === undefined || compareSizes(asks, declared) >= 0) continue
    const refused = await refusalOf(kubernetes, claim, declared)
    if (refused) return { ...view, refused }
  }
  return view
}
