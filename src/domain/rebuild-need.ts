import type { ClusterState } from './cluster-state.ts'
import { isInGroup } from './group.ts'
import { formatGtidSet, isEmpty, parseGtidSet, subtract } from './gtid.ts'
import { rejoinsByItself, type Step } from './plan.ts'
import { judgeRebuild, UNREADABLE } from './rebuild.ts'
import type { MemberView, PodView, Snapshot } from './snapshot.ts'

/** Missing so much, a member is made a copy: at several thousand transactions a second it would apply them for minutes. */
export const MANY = 1_000_000

const holdsMore = (gtids: string): string => `it holds transactions that the group does not have: ${gtids}`

/** Why a member that is outside needs its data replaced; undefined when it does not, or when it is too early to say. */
const needOf = (member: MemberView | undefined, pod: PodView, donor: MemberView): string | undefined => {
  if (!member) {
    const { trouble } = pod
    const isLost = trouble?.kind === 'Ended' && (UNREADABLE.test(trouble.said) || trouble.isOlder)
    return isLost ? `its data cannot be read: ${trouble.said}` : undefined
  }
  // Members that are asked by an older operator tell nothing of copies.
  if (member.copy === undefined || isInGroup(member)) return undefined
  if (member.copy.state === 'Incomplete' || member.copy.state === 'UnderWay')
    return 'a copy to it was begun and is not whole'
  const [own, group] = [parseGtidSet(member.holds), parseGtidSet(donor.holds)]
  const errant = subtract(own, group)
  if (!isEmpty(errant)) return holdsMore(formatGtidSet(errant))
  if (rejoinsByItself(member)) return undefined
  const lost = subtract(parseGtidSet(donor.purged), own)
  if (!isEmpty(lost)) return `it lacks ${formatGtidSet(lost)}, which the group has purged`
  return undefined
}

/** The rebuild of a member that needs it, outside or ONLINE, and may have it without anybody's leave. `ground`: what would be done else. */
export const planRebuild = (snapshot: Snapshot, state: ClusterState, ground: Step): Step | undefined => {
  if (state.kind !== 'Serving' || snapshot.paused) return undefined
  const joining = ground.kind === 'Join' ? ground : undefined
  if (!joining && ground.kind !== 'Wait' && ground.kind !== 'Rest') return undefined
  // Whoever can join without a copy goes first.
  const quarantined = new Map(state.quarantined.map(({ pod, gtids }) => [pod, gtids]))
  const candidates = joining ? [joining.pod] : [...state.outside, ...quarantined.keys()]
  for (const subject of candidates) {
    const pod = snapshot.pods.find(({ name }) => name === subject)
    const member = snapshot.members.find((candidate) => candidate.pod === subject)
    const many = joining && joining.missing > MANY ? `it lacks ${joining.missing} transactions` : undefined
    const errant = quarantined.get(subject)
    const why = errant ? holdsMore(errant) : pod && (needOf(member, pod, state.view) ?? many)
    if (!why) continue
    const { kind } = judgeRebuild(snapshot, state, subject, { unasked: true })
    if (kind === 'MoveAside' || kind === 'Archive' || kind === 'Copy' || kind === 'Leave')
      return { kind: 'Run', procedure: { kind: 'rebuild', subject, why } }
  }
  return undefined
}
