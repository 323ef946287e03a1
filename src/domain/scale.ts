import type { Diagnosis } from './diagnose.ts'
import { saysOnline } from './group.ts'
import { contains, parseGtidSet } from './gtid.ts'
import { ordinalOf } from './names.ts'
import type { Snapshot } from './snapshot.ts'
import { judgeSwitchover } from './switchover.ts'

/** What the next step towards the declared size is. A size is changed by one member at a time. */
export type ScaleVerdict =
  | { readonly kind: 'None' }
  /** One member more, `pod`. */
  | { readonly kind: 'Grow'; readonly pod: string; readonly size: number }
  /** `pod` is to go, and is the primary: `to` takes over before. */
  | { readonly kind: 'HandOver'; readonly pod: string; readonly to: string }
  /** `pod` is to go, and is in the group. */
  | { readonly kind: 'Leave'; readonly pod: string }
  /** `pod` is out of the group: its pod is removed. `keep`: why its volume is kept, whatever the policy. */
  | { readonly kind: 'Shrink'; readonly pod: string; readonly size: number; readonly keep?: string }
  | { readonly kind: 'Wait'; readonly why: string }

const wait = (why: string): ScaleVerdict => ({ kind: 'Wait', why })

/** Why the volume of a member that goes must be kept; undefined when the group holds all that is on it. */
const keepOf = (snapshot: Snapshot, pod: string, donor: string): string | undefined => {
  const member = snapshot.members.find((candidate) => candidate.pod === pod)
  if (!member) return `${pod} does not answer, so what it holds is not known`
  const isHeld = contains(parseGtidSet(donor), parseGtidSet(member.holds))
  return isHeld ? undefined : `${pod} holds transactions that the group does not`
}

/**
 * Judges a change of size. Members go from the highest ordinal, while all that stay are ONLINE, and leave the group before
 * their pod goes; one is added when all that there are are ONLINE, so that never two are on their way.
 */
export const judgeScale = (
  snapshot: Snapshot,
  { state, members }: Pick<Diagnosis, 'state' | 'members'>,
): ScaleVerdict => {
  const { size, wanted = size } = snapshot
  if (wanted === size) return { kind: 'None' }
  if (snapshot.objects.kind !== 'Present' || snapshot.pending)
    return wait('what else is amiss with the declaration comes first')
  if (state.kind !== 'Serving' || !state.served) return wait('the cluster must take writes before its size is changed')
  const staying = Math.min(size, wanted > size ? size : size - 1)
  const absent = members
    .filter(({ name }) => ordinalOf(name) < staying)
    .filter(({ name, state: is }) => is !== 'ONLINE' || !saysOnline(snapshot.members, name))
    .map(({ name }) => name)
  if (absent.length > 0) return wait(`${absent.join(', ')} must be ONLINE before`)
  const pod = members.find(({ name }) => ordinalOf(name) === staying)?.name
  if (wanted > size) {
    // What is named so already goes: somebody scaled the StatefulSet, or the member that went last is still ending.
    if (pod) return wait(`${pod} still ends`)
    const cluster = members[0]?.name.slice(0, members[0].name.lastIndexOf('-')) ?? ''
    return { kind: 'Grow', pod: `${cluster}-${size}`, size: size + 1 }
  }
  if (!pod) return wait('the member that is to go is not known')
  const row = state.view.rows.find((one) => one.pod === pod)
  if (!row) {
    const keep = keepOf(snapshot, pod, state.view.holds)
    return { kind: 'Shrink', pod, size: size - 1, ...(keep ? { keep } : {}) }
  }
  if (state.primary === pod) {
    const handOver = judgeSwitchover(snapshot, state)
    if (handOver.kind === 'Allowed') return { kind: 'HandOver', pod, to: handOver.to }
    return wait(handOver.kind === 'Refused' ? handOver.why : `${pod} is the primary`)
  }
  if (!snapshot.members.some((member) => member.pod === pod))
    return wait(`${pod} is in the group and does not answer: the group must notice that first`)
  return { kind: 'Leave', pod }
}
