import { isInGroup } from './group.ts'
import { contains, formatGtidSet, type GtidSet, parseGtidSet, subtract, union } from './gtid.ts'
import { ordinalOf } from './names.ts'
import type { MemberView, Snapshot } from './snapshot.ts'

/** Whether a group may be made anew, from whom, and if not, why not. Gate (a) of ARCHITECTURE.md. */
export type BootstrapVerdict =
  | { readonly kind: 'Allowed'; readonly seed: string; readonly why: string }
  | { readonly kind: 'Wait'; readonly why: string }
  | { readonly kind: 'Diverged'; readonly why: string }
  | { readonly kind: 'GroupExists'; readonly why: string }
  | { readonly kind: 'UnknownData'; readonly why: string }

/** True while no member can hold data: no bootstrap has ever succeeded, none was restored, and every volume is younger than the MySQLCluster. */
export const isFresh = (snapshot: Snapshot): boolean =>
  !snapshot.restored && !hasFormed(snapshot) && snapshot.claims.every((claim) => claim.createdAt >= snapshot.createdAt)

/** True once a bootstrap has succeeded in the life of this cluster, also while another one is under way. */
export const hasFormed = ({ group }: Pick<Snapshot, 'group'>): boolean =>
  group !== undefined && (group.incarnation !== undefined || group.bootstraps > 1)

/**
 * True while pods may be made anew from another declaration: no group has formed or is there, and the seed that was decided
 * on, if any, is still one of the members, as no other may bootstrap. Volumes are kept, whatever is on them.
 */
export const canStartOver = (snapshot: Snapshot, size: number): boolean =>
  !hasFormed(snapshot) &&
  !snapshot.members.some(isInGroup) &&
  (snapshot.group === undefined || ordinalOf(snapshot.group.seed) < size)

/** Members that hold all that any other of them holds, lowest ordinal first. */
const supersets = (members: readonly MemberView[]): readonly MemberView[] => {
  const sets = new Map<string, GtidSet>(members.map((member) => [member.pod, parseGtidSet(member.holds)]))
  const all = union(...sets.values())
  return members.filter((member) => contains(sets.get(member.pod) ?? new Map(), all)).toSorted(byOrdinal)
}

const byOrdinal = (a: { pod: string }, b: { pod: string }): number =>
  a.pod.localeCompare(b.pod, 'en', { numeric: true })

const divergence = (members: readonly MemberView[]): string =>
  members
    .map((member) => {
      const others = union(...members.filter((other) => other !== member).map((other) => parseGtidSet(other.holds)))
      return { pod: member.pod, only: formatGtidSet(subtract(parseGtidSet(member.holds), others)) }
    })
    .filter(({ only }) => only !== '')
    .map(({ pod, only }) => `${pod} alone has ${only}`)
    .join('; ')

const freshVerdict = (snapshot: Snapshot): BootstrapVerdict => {
  // A bootstrap that was decided on but not recorded as done may have happened: only its own seed may try again.
  const decided = snapshot.group?.seed
  const candidates = snapshot.members.filter((member) =>
    decided === undefined ? ordinalOf(member.pod) < snapshot.size : member.pod === decided,
  )
  const seed = candidates.toSorted(byOrdinal)[0]
  if (!seed) return { kind: 'Wait', why: `waiting for ${decided ?? 'a first member'} to start` }
  return { kind: 'Allowed', seed: seed.pod, why: 'a new cluster without data' }
}

/**
 * Judges a bootstrap. It is allowed only when no member is in a group, and either there can be no data yet,
 * or every member answers and the seed holds every transaction that any of them holds.
 */
export const judgeBootstrap = (snapshot: Snapshot): BootstrapVerdict => {
  const inGroup = snapshot.members.find(isInGroup)
  if (inGroup) return { kind: 'GroupExists', why: `${inGroup.pod} is in a group` }
  if (isFresh(snapshot)) return freshVerdict(snapshot)

  // A formed cluster keeps its size, and pods beyond it are not let in: only what was there before may hold data.
  const beyond = snapshot.claims.filter(
    (claim) => claim.ordinal >= snapshot.size && claim.createdAt < snapshot.createdAt,
  )
  if (beyond.length > 0) {
    const names = beyond.map((claim) => claim.name).join(', ')
    return {
      kind: 'UnknownData',
      why: `${names} may hold newer data than the members: set spec.size to include it, or delete it if you know that it does not`,
    }
  }
  const answering = new Set(snapshot.members.map((member) => member.pod))
  const silent = snapshot.pods.filter((pod) => !answering.has(pod.name)).map((pod) => pod.name)
  if (snapshot.pods.length < snapshot.size || silent.length > 0)
    return {
      kind: 'Wait',
      why: `waiting for every member to answer, to find the one with all transactions${silent.length > 0 ? `; silent: ${silent.join(', ')}` : ''}`,
    }

  const seed = supersets(snapshot.members)[0]
  if (!seed) return { kind: 'Diverged', why: divergence(snapshot.members) }
  return { kind: 'Allowed', seed: seed.pod, why: 'it holds every transaction that any member holds' }
}
