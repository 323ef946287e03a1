import type { GroupRecord } from '../../crds/mysqlcluster-status.ts'
import { isOnline } from './group.ts'
import { formatGtidSet, type GtidSet, isEmpty, parseGtidSet, subtract, union } from './gtid.ts'
import type { MemberView, Snapshot } from './snapshot.ts'

/** What a member said of the transactions that are none of its group's, and when it was asked (epoch milliseconds). */
export interface Foreign {
  readonly gtids: string
  readonly at: number
}

/** Whether a member that is ONLINE holds what its group does not have, by what the members said one after the other. */
export type ErrantVerdict =
  | { readonly kind: 'Clean' }
  | { readonly kind: 'Errant'; readonly gtids: string }
  /** It cannot be told yet. `ask`: who has to be asked once more, from when on. */
  | { readonly kind: 'Unknown'; readonly ask: readonly { readonly pod: string; readonly from: number }[] }

/** A member that is ONLINE and holds what its group does not have. */
export interface Quarantined {
  readonly pod: string
  readonly gtids: string
}

/** What a group passes on reaches each member sooner or later; so much later the others are asked for it. */
const SETTLE_MS = 1_000

/** The names of a group, the uid of its cluster first: what carries one of them was made by the group. */
export const groupNames = (uid: string, group: GroupRecord | undefined): readonly string[] => [
  uid,
  ...(group?.name && group.name !== uid ? [group.name] : []),
]

/**
 * Compares what a member said with what those said that must have it, too: the primary; of the primary itself, all others.
 * Only those that were asked a while after it count, so that what is on its way is not taken for what nobody else has.
 */
export const judgeForeign = (
  pod: string,
  primary: string,
  online: readonly string[],
  said: ReadonlyMap<string, Foreign>,
): ErrantVerdict => {
  const own = said.get(pod)
  if (!own) return { kind: 'Unknown', ask: [] }
  const witnesses = pod === primary ? online.filter((other) => other !== pod) : [primary]
  if (own.gtids === '' || witnesses.length === 0) return { kind: 'Clean' }
  const theirs = witnesses.map((witness) => parseGtidSet(said.get(witness)?.gtids ?? ''))
  const alone = subtract(parseGtidSet(own.gtids), union(...theirs))
  if (isEmpty(alone)) return { kind: 'Clean' }
  const from = own.at + SETTLE_MS
  const late = witnesses.filter((witness) => (said.get(witness)?.at ?? Number.NEGATIVE_INFINITY) < from)
  if (late.length > 0) return { kind: 'Unknown', ask: late.map((witness) => ({ pod: witness, from })) }
  return { kind: 'Errant', gtids: formatGtidSet(alone) }
}

/** What of a set was not made by the group; nothing where the evidence does not tell the names of the group. */
export const beyondGroup = (set: GtidSet, { names }: Pick<Snapshot, 'names'>): GtidSet =>
  new Map([...set].filter(([source]) => names !== undefined && !names.includes(source.split(':')[0] ?? source)))

/**
 * What a member that is ONLINE in `view` holds and the primary does not; of the primary itself, what no other member has. Empty
 * where it cannot be told, and of evidence that does not tell the names of the group.
 */
export const errantIn = (snapshot: Snapshot, view: MemberView, primary: string | undefined, pod: string): GtidSet => {
  const online = snapshot.members.filter(
    (member) => isOnline(member) && view.rows.some((row) => row.pod === member.pod && row.state === 'ONLINE'),
  )
  const member = online.find((candidate) => candidate.pod === pod)
  const witnesses = online.filter((other) => (pod === primary ? other.pod !== pod : other.pod === primary))
  if (!member || witnesses.length === 0) return new Map()
  const theirs = union(...witnesses.map(({ holds }) => parseGtidSet(holds)))
  return beyondGroup(subtract(parseGtidSet(member.holds), theirs), snapshot)
}

/** What a member holds that the group did not make and that no other member that answers has; an answer of the primary is not needed. */
export const aloneIn = (snapshot: Snapshot, pod: string): GtidSet => {
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (!member) return new Map()
  const theirs = snapshot.members.filter((other) => other.pod !== pod).map(({ holds }) => parseGtidSet(holds))
  return beyondGroup(subtract(parseGtidSet(member.holds), union(...theirs)), snapshot)
}

/** Members of which the observer has found that they alone hold something, and of which that is still so. */
export const findQuarantined = (
  snapshot: Snapshot,
  view: MemberView,
  primary: string | undefined,
): readonly Quarantined[] =>
  snapshot.pods
    .filter((pod) => pod.errant !== undefined)
    .map(({ name }) => ({ pod: name, gtids: formatGtidSet(errantIn(snapshot, view, primary, name)) }))
    .filter(({ gtids }) => gtids !== '')
