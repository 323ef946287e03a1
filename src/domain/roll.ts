import type { Diagnosis } from './diagnose.ts'
import { saysOnline } from './group.ts'
import type { PodView, Snapshot } from './snapshot.ts'
import { judgeSwitchover } from './switchover.ts'
import { findRefusal } from './trouble.ts'

/** What the next step is until every member runs as it is declared. Members are renewed one at a time, the primary last. */
export type RollVerdict =
  | { readonly kind: 'None' }
  /** What is declared is tried first, in a pod of its own. */
  | { readonly kind: 'Try'; readonly fields: readonly string[] }
  /** The declaration may be taken over: pods that are made from now on are made by it. */
  | { readonly kind: 'Release'; readonly pod: string; readonly fields: readonly string[] }
  /** Only the primary, `pod`, is left: `to` takes over before. */
  | { readonly kind: 'HandOver'; readonly pod: string; readonly to: string }
  /** `pod` is removed, and made again as declared. */
  | { readonly kind: 'Replace'; readonly pod: string; readonly uid: string }
  | { readonly kind: 'Wait'; readonly why: string }

const wait = (why: string): RollVerdict => ({ kind: 'Wait', why })

/** The pods of members that were not made from `template`, highest ordinal first. */
const notMadeFrom = ({ pods, size }: Snapshot, template: string | undefined): readonly PodView[] =>
  pods
    .filter(({ ordinal, made }) => ordinal < size && made !== undefined && template !== undefined && made !== template)
    .toSorted((a, b) => b.ordinal - a.ordinal)

/** The pods of members that were made from an older declaration than the StatefulSet has now, highest ordinal first. */
export const outdatedPods = (snapshot: Snapshot): readonly PodView[] => notMadeFrom(snapshot, snapshot.template)

/** A pod that does not even run: there is nothing in it to be careful about. */
const isBroken = (snapshot: Snapshot, { name, trouble }: PodView): boolean =>
  trouble !== undefined && !snapshot.members.some(({ pod }) => pod === name)

const brokenOf = (snapshot: Snapshot, outdated: readonly PodView[]): PodView | undefined =>
  outdated.find((pod) => isBroken(snapshot, pod) && !pod.deleting)

/** The one of these that is renewed first. */
const firstOf = (snapshot: Snapshot, outdated: readonly PodView[], primary: string | undefined): PodView | undefined =>
  brokenOf(snapshot, outdated) ?? outdated.find(({ name }) => name !== primary) ?? outdated[0]

/**
 * Judges a change of what members are made from. Those that do not run are renewed first, whatever else is amiss: what they were
 * made from may be why. The others only while all are ONLINE and writes are served, replicas before the primary.
 */
export const judgeRoll = (
  snapshot: Snapshot,
  { state, members }: Pick<Diagnosis, 'state' | 'members'>,
): RollVerdict => {
  const { pending = [], trial, size } = snapshot
  const outdated = outdatedPods(snapshot)
  const any = outdated[0] ?? snapshot.pods.findLast(({ ordinal }) => ordinal < size)
  if (pending.length === 0 && outdated.length === 0) return { kind: 'None' }
  if (snapshot.objects.kind !== 'Present') return wait('what else is amiss with the declaration comes first')
  if (trial?.kind === 'None') return { kind: 'Try', fields: pending }
  if (trial?.kind === 'UnderWay') return wait(`${pending.join(', ')}: whether members can be made so is being tried`)
  if (trial?.kind === 'Passed' && findRefusal(snapshot)) return wait(`${pending.join(', ')}: members cannot be made so`)
  // Nothing that runs is changed by it.
  const primary = state.kind === 'Serving' ? state.primary : undefined
  const after = trial ? firstOf(snapshot, notMadeFrom(snapshot, trial.made), primary) : undefined
  if (pending.length > 0 && any) return { kind: 'Release', pod: (after ?? any).name, fields: pending }
  const broken = brokenOf(snapshot, outdated)
  if (broken) return { kind: 'Replace', pod: broken.name, uid: broken.uid }
  if (state.kind !== 'Serving' || !state.served) return wait('the cluster must take writes before a member is renewed')
  const absent = members
    .filter(({ name, state: is }) => is !== 'ONLINE' || !saysOnline(snapshot.members, name))
    .map(({ name }) => name)
  if (absent.length > 0) return wait(`${absent.join(', ')} must be ONLINE before`)
  const pod = outdated.find(({ name }) => name !== state.primary) ?? outdated[0]
  if (!pod) return { kind: 'None' }
  if (pod.name === state.primary && size > 1) {
    const handOver = judgeSwitchover(snapshot, state)
    if (handOver.kind === 'Allowed') return { kind: 'HandOver', pod: pod.name, to: handOver.to }
    // A primary of an older version than all others cannot hand over to them: it ends, and they elect one.
    if (outdated.length > 1) return wait(handOver.kind === 'Refused' ? handOver.why : `${pod.name} is the primary`)
  }
  return { kind: 'Replace', pod: pod.name, uid: pod.uid }
}
