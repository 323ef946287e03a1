import type { MySQLCluster } from '../crds/mysqlcluster.ts'
import { type ClusterRef, objectNames, ordinalOf, selectorLabels } from '../src/domain/names.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'

type Claim = Kinds['PersistentVolumeClaim']

const isNamed = ({ name }: ClusterRef, claim: Claim): boolean => {
  const ordinal = ordinalOf(claim.metadata.name)
  return Number.isInteger(ordinal) && claim.metadata.name === objectNames(name).claim(ordinal)
}

const hasLabels = ({ name }: ClusterRef, { metadata }: Claim): boolean =>
  Object.entries(selectorLabels(name)).every(([label, value]) => metadata.labels?.[label] === value)

/**
 * The claims of a cluster. A StatefulSet mounts them by their names, whatever their labels are, so that one whose labels
 * somebody took holds data like any other. They are looked for in the whole namespace unless a group has formed, when
 * claims beyond the size hold nothing that matters, and every member has one that shows.
 */
export const findClaims = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  size: number,
  formed: boolean,
): Promise<Claim[]> => {
  const selected = await kubernetes.list('PersistentVolumeClaim', ref.namespace, selectorLabels(ref.name))
  const known = new Set(selected.map(({ metadata }) => metadata.name))
  const complete = Array.from({ length: size }, (_, ordinal) => objectNames(ref.name).claim(ordinal)).every((name) =>
    known.has(name),
  )
  if (formed && complete) return selected
  return (await kubernetes.list('PersistentVolumeClaim', ref.namespace, {})).filter((claim) => isNamed(ref, claim))
}

/** The claims that were made for a cluster: with its labels, or, if somebody took those, in its lifetime. */
export const findOwnClaims = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  { metadata: { creationTimestamp } }: MySQLCluster,
): Promise<Claim[]> => {
  const claims = await kubernetes.list('PersistentVolumeClaim', ref.namespace, {})
  const isYounger = ({ metadata }: Claim): boolean =>
    Date.parse(metadata.creationTimestamp) >= Date.parse(creationTimestamp)
  return claims.filter((claim) => isNamed(ref, claim) && (hasLabels(ref, claim) || isYounger(claim)))
}
