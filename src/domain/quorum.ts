import { isInGroup, isOnline, ownRow, parseViewId, seesMajority } from './group.ts'
import { contains, parseGtidSet } from './gtid.ts'
import { ordinalOf } from './names.ts'
import type { MemberView, Snapshot } from './snapshot.ts'

/** Whether the members that live may go on without those that are gone. Gate (b). */
export type QuorumVerdict =
  | { readonly kind: 'Allowed'; readonly seed: string; readonly living: readonly string[]; readonly why: string }
  | { readonly kind: 'Wait'; readonly why: string }

const wait = (why: string): QuorumVerdict => ({ kind: 'Wait', why })

/** Why it is not proven that what was this member of the group is gone, and that nothing goes with it; undefined when it is. */
const doubt = (snapshot: Snapshot, pod: string, seed: MemberView): string | undefined => {
  const found = snapshot.members.find((member) => member.pod === pod)
  if (!found) return `${pod} is silent, and may be alive where nobody reaches it`
  // It answers from outside the group: it is another process on the same data, so the one that was in the group is gone.
  const state = ownRow(found)?.state
  if (state !== 'OFFLINE') return `${pod} is ${state ?? 'in an unknown state'}`
  if (parseViewId(found.viewId)) return `${pod} still shows a view of the group`
  const before = seed.rows.find((row) => row.pod === pod)?.uuid
  if (before !== found.serverUuid) return `${pod} has other data than the member that was in the group`
  if (!contains(parseGtidSet(seed.holds), parseGtidSet(found.holds))) return `${pod} holds more than ${seed.pod}`
  return undefined
}

/**
 * Judges a forced quorum: the recorded group has lost its majority, its living members all answer and hold alike, and every
 * other one is proven gone, by answering as a process that is in no group, on the same data, with nothing that the living lack.
 * A pod that is not there, a node that is not ready, and silence prove nothing.
 */
export const judgeQuorum = (snapshot: Snapshot): QuorumVerdict => {
  const living = snapshot.members.filter(isInGroup).toSorted((a, b) => ordinalOf(a.pod) - ordinalOf(b.pod))
  const stranger = living.find(
    (member) => parseViewId(member.viewId)?.incarnation !== snapshot.group?.incarnation || !isOnline(member),
  )
  if (stranger) return wait(`${stranger.pod} is not ONLINE in the group on record`)
  if (living.some(seesMajority)) return wait('a member sees a majority')
  const seed = living.find((one) =>
    living.every((other) => contains(parseGtidSet(one.holds), parseGtidSet(other.holds))),
  )
  if (!seed) return wait('no member that lives holds all that the living hold')
  const names = living.map(({ pod }) => pod)
  for (const member of living) {
    const alive = member.rows.filter(({ state }) => state !== 'UNREACHABLE').map(({ pod }) => pod)
    if (alive.length !== names.length || !names.every((name) => alive.includes(name)))
      return wait(`${member.pod} does not see the same members alive as the operator`)
    if (member.viewId !== seed.viewId) return wait('the members that live are in different views')
  }
  const missing = seed.rows.map(({ pod }) => pod).filter((pod) => !names.includes(pod))
  const doubts = missing.flatMap((pod) => doubt(snapshot, pod, seed) ?? [])
  if (doubts.length > 0) return wait(doubts.join('; '))
  return {
    kind: 'Allowed',
    seed: seed.pod,
    living: names,
    why: `${missing.join(', ')} restarted outside the group and hold nothing that ${seed.pod} lacks`,
  }
}
