import { contains, count, formatGtidSet, isEmpty, parseGtidSet, subtract } from './gtid.ts'
import type { MemberView } from './snapshot.ts'

/** How a member that is outside may come into the group. Source of the table: docs/states.md, "How a member joins". */
export type JoinVerdict =
  | { readonly kind: 'Join'; readonly missing: number }
  /** The group no longer has the binary logs that this member lacks: its data must be copied anew. */
  | { readonly kind: 'Clone'; readonly why: string }
  /** It holds transactions that the group does not: a person, or a gated rebuild, must decide. */
  | { readonly kind: 'Diverged'; readonly errant: string }

/** Compares what a member holds with what an ONLINE member of the group holds and has purged. */
export const judgeJoin = (
  member: Pick<MemberView, 'holds' | 'copy'>,
  donor: Pick<MemberView, 'holds' | 'purged'>,
): JoinVerdict => {
  if (member.copy?.state === 'UnderWay' || member.copy?.state === 'Incomplete')
    return { kind: 'Clone', why: 'a copy to it was begun and is not whole' }
  const own = parseGtidSet(member.holds)
  const group = parseGtidSet(donor.holds)
  const errant = subtract(own, group)
  if (!isEmpty(errant)) return { kind: 'Diverged', errant: formatGtidSet(errant) }
  const purged = parseGtidSet(donor.purged)
  if (!contains(own, purged))
    return { kind: 'Clone', why: `it lacks ${formatGtidSet(subtract(purged, own))}, which the group has purged` }
  return { kind: 'Join', missing: count(subtract(group, own)) }
}
