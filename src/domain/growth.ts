import type { ErrorCode } from './errors.ts'
import { parseQuantity } from './quantity.ts'
import type { ClaimView, Snapshot } from './snapshot.ts'
import type { Finding } from './trouble.ts'
import { finding } from './trouble.ts'

/** What the next step is until all volumes are as large as declared. They only ever grow. */
export type GrowthVerdict =
  | { readonly kind: 'None' }
  /** These claims are to ask for more. */
  | { readonly kind: 'Ask'; readonly claims: readonly string[]; readonly size: string }
  /** All volumes have grown: the StatefulSet is made anew around its pods, so that those of later members are as large. */
  | { readonly kind: 'TakeOver'; readonly claims: readonly string[]; readonly size: string }
  | { readonly kind: 'Wait'; readonly why: string }
  | { readonly kind: 'Refused'; readonly reason: ErrorCode; readonly why: string }

const FIELD = 'spec.storage.size'

/** Compares two quantities as numbers: 10Gi is 10240Mi. */
export const compareSizes = (one: string, other: string): number => parseQuantity(one) - parseQuantity(other)

const wait = (why: string): GrowthVerdict => ({ kind: 'Wait', why })

const judgeVolumes = (snapshot: Snapshot, size: string, template: string): GrowthVerdict => {
  const { wanted = snapshot.size, pending = [] } = snapshot
  const isMember = ({ ordinal }: ClaimView): boolean => ordinal < snapshot.size
  // Where an older operator has not told how large a claim is, there is nothing to compare.
  const isLess = (has: string | undefined): boolean => has !== undefined && compareSizes(has, size) < 0
  const bound = snapshot.claims.filter(({ phase }) => phase === 'Bound')
  const modest = bound.filter(({ asks }) => isLess(asks)).map(({ name }) => name)
  if (modest.length > 0) return { kind: 'Ask', claims: modest, size }
  const small = bound.filter((claim) => isMember(claim) && isLess(claim.has) && !claim.resizes)
  if (small.length > 0) {
    const told = small.map(({ name, has, fails }) => `${name} has ${has}${fails ? ` (${fails})` : ''}`)
    return wait(`the volumes grow to ${size}: ${told.join(', ')}`)
  }
  const unbound = snapshot.claims.filter((claim) => isMember(claim) && claim.phase !== 'Bound')
  if (unbound.length > 0) return wait(`${unbound.map(({ name }) => name).join(', ')} must have a volume before`)
  if (compareSizes(template, size) === 0) return { kind: 'None' }
  if (pending.length > 0 || wanted !== snapshot.size)
    return wait(`${[...pending, ...(wanted === snapshot.size ? [] : ['spec.size'])].join(', ')} changes before`)
  return { kind: 'TakeOver', claims: bound.map(({ name }) => name), size }
}

/** Judges a change of the size of the volumes. It needs no member to be ONLINE: those that are full are why it is made. */
export const judgeGrowth = (snapshot: Snapshot): GrowthVerdict => {
  const { volumes, objects } = snapshot
  if (!volumes) return { kind: 'None' }
  const { made, declared, template, refused } = volumes
  const order = compareSizes(declared, made)
  if (order === 0 && compareSizes(template, declared) === 0) return { kind: 'None' }
  if (order < 0) return { kind: 'Refused', reason: 'StorageShrinks', why: `from ${made} to ${declared}` }
  if (objects.kind !== 'Present') return wait('what else is amiss with the declaration comes first')
  if (refused) return { kind: 'Refused', ...refused }
  return judgeVolumes(snapshot, declared, template)
}

/** What a growth that is under way does next: nothing while the cluster is paused, though it was begun before. */
export const nextOfGrowth = (snapshot: Snapshot): GrowthVerdict =>
  snapshot.paused ? wait('the cluster is paused (spec.paused)') : judgeGrowth(snapshot)

/** Why the volumes cannot be as large as they are declared now; undefined when they can. */
export const findGrowthRefusal = (snapshot: Snapshot): Finding | undefined => {
  const verdict = judgeGrowth(snapshot)
  return verdict.kind === 'Refused' ? finding(verdict.reason, `${FIELD}: ${verdict.why}`) : undefined
}

/** How large the volumes are known to be, all of them; undefined where that is not known. */
export const sizeOfVolumes = (snapshot: Snapshot): string | undefined =>
  judgeGrowth(snapshot).kind === 'None' ? snapshot.volumes?.declared : snapshot.volumes?.made
