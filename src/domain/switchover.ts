import type { ClusterState } from './cluster-state.ts'
import { aloneIn, errantIn } from './errant.ts'
import { formatGtidSet, isEmpty, parseGtidSet, subtract } from './gtid.ts'
import type { MemberView, Snapshot } from './snapshot.ts'
import { compareVersions, parseVersion } from './version.ts'

/** Whether, and to whom, the primary role may be handed over. */
export type SwitchoverVerdict =
  | { readonly kind: 'Allowed'; readonly from: string; readonly to: string }
  | { readonly kind: 'Done'; readonly primary: string }
  | { readonly kind: 'Refused'; readonly why: string }

/** A replica with more transactions than this still to apply would keep writers waiting. */
export const MAX_QUEUE = 1_000

type Serving = ClusterState & { readonly kind: 'Serving' }

const isNewer = (one: string, other: string): boolean => {
  const [a, b] = [parseVersion(one), parseVersion(other)]
  return a !== undefined && b !== undefined && compareVersions(a, b) > 0
}

/** Why a member cannot become primary now; undefined when it can. */
const unfit = (
  snapshot: Snapshot,
  { view, primary: from }: Serving,
  pod: string,
  primary: MemberView | undefined,
): string | undefined => {
  const found = snapshot.pods.find(({ name }) => name === pod)
  if (!found)
    return `${pod} is no member of this cluster; the members are ${snapshot.pods.map(({ name }) => name).join(', ')}`
  const state = view.rows.find((row) => row.pod === pod)?.state
  if (state !== 'ONLINE') return `${pod} is ${state ?? 'not in the group'}: only a member that is ONLINE can take over`
  if (found.deleting) return `${pod} is being deleted`
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (!member) return `${pod} does not answer the operator`
  const errant = errantIn(snapshot, view, from, pod)
  if (!isEmpty(errant)) return `${pod} holds transactions that the group does not have: ${formatGtidSet(errant)}`
  // A primary that is silent cannot tell whether it has them, too.
  const alone = primary ? new Map() : aloneIn(snapshot, pod)
  if (!isEmpty(alone))
    return `${pod} holds transactions that no member that answers has: ${formatGtidSet(alone)}; ${from} does not answer, and may not have them either`
  const queue = member.queue ?? 0
  if (queue > MAX_QUEUE) return `${pod} lags: it has ${queue} transactions still to apply (at most ${MAX_QUEUE})`
  if (primary && isNewer(member.version, primary.version))
    return `${pod} runs MySQL ${member.version}, newer than the primary's ${primary.version}: a group takes its primary from the oldest version in it`
  if (primary && !isEmpty(subtract(parseGtidSet(primary.purged), parseGtidSet(member.holds))))
    return `${pod} lacks transactions that the primary has purged`
  return undefined
}

/**
 * Judges a planned change of the primary to `target`, or to the best replica: the one with the least to apply, of the
 * lowest ordinal. Refuses with the reason; nothing is ever lost by a switchover, so there is no way to insist.
 */
export const judgeSwitchover = (snapshot: Snapshot, state: ClusterState, target?: string): SwitchoverVerdict => {
  if (state.kind !== 'Serving' || state.primary === undefined)
    return { kind: 'Refused', why: 'the cluster has no primary that could hand over; see MySQLOperation failover' }
  const from = state.primary
  if (target === from) return { kind: 'Done', primary: from }
  const primary = snapshot.members.find(({ pod }) => pod === from)
  if (target !== undefined) {
    const why = unfit(snapshot, state, target, primary)
    return why ? { kind: 'Refused', why } : { kind: 'Allowed', from, to: target }
  }
  const fit = snapshot.members
    .filter(({ pod }) => pod !== from && unfit(snapshot, state, pod, primary) === undefined)
    .toSorted((a, b) => (a.queue ?? 0) - (b.queue ?? 0) || a.pod.localeCompare(b.pod, 'en', { numeric: true }))
  if (fit[0]) return { kind: 'Allowed', from, to: fit[0].pod }
  const reasons = snapshot.pods
    .filter(({ name }) => name !== from)
    .map(({ name }) => unfit(snapshot, state, name, primary))
  return { kind: 'Refused', why: reasons.filter(Boolean).join('; ') || 'there is no other member' }
}
