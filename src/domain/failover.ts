import { type BootstrapVerdict, isFresh } from './bootstrap.ts'
import type { ClusterState } from './cluster-state.ts'
import { contains, count, formatGtidSet, parseGtidSet, subtract } from './gtid.ts'
import { ordinalOf } from './names.ts'
import type { MemberView, OperationView, Snapshot } from './snapshot.ts'

/** What may be lost when the group is made from `seed`. Plain JSON: it is in the status of the MySQLOperation. */
export interface Loss {
  readonly seed: string
  /** Members, or volumes, of which nobody knows what they hold. */
  readonly silent: readonly string[]
  /** What members that answer hold, and the seed does not. */
  readonly only: readonly { readonly pod: string; readonly gtids: string }[]
}

/** Whether a person may have the group made where the operator cannot prove that nothing is lost. */
export type FailoverVerdict =
  | { readonly kind: 'Refused'; readonly why: string }
  /** Not yet: what holds it up ends by itself. */
  | { readonly kind: 'Later'; readonly why: string }
  | { readonly kind: 'Possible'; readonly loss: Loss }

type NoGroup = ClusterState & { readonly kind: 'NoGroup' }

/** How long members are waited for that may only be restarting. */
const RETURN_MS = 60_000

const refused = (why: string): FailoverVerdict => ({ kind: 'Refused', why })
const transactions = (member: MemberView): number => count(parseGtidSet(member.holds))

/** The member that holds most, of those the lowest ordinal. */
const best = (members: readonly MemberView[]): MemberView | undefined =>
  members.toSorted((a, b) => transactions(b) - transactions(a) || ordinalOf(a.pod) - ordinalOf(b.pod))[0]

const lossOf = (snapshot: Snapshot, seed: MemberView): Loss => {
  const answering = new Set(snapshot.members.map(({ pod }) => pod))
  const known = new Set(snapshot.pods.map(({ ordinal }) => ordinal))
  const missing = snapshot.claims.filter(({ ordinal }) => ordinal < snapshot.size && !known.has(ordinal))
  const beyond = snapshot.claims.filter((c) => c.ordinal >= snapshot.size && c.createdAt < snapshot.createdAt)
  const held = parseGtidSet(seed.holds)
  return {
    seed: seed.pod,
    silent: [
      ...snapshot.pods.map(({ name }) => name).filter((name) => !answering.has(name)),
      ...[...missing, ...beyond].map(({ name }) => name),
    ],
    only: snapshot.members
      .map(({ pod, holds }) => ({ pod, gtids: formatGtidSet(subtract(parseGtidSet(holds), held)) }))
      .filter(({ gtids }) => gtids !== ''),
  }
}

const HOPELESS: readonly BootstrapVerdict['kind'][] = ['Wait', 'Diverged', 'UnknownData']

const judgeNoGroup = (snapshot: Snapshot, { verdict }: NoGroup, target: string | undefined): FailoverVerdict => {
  if (isFresh(snapshot)) return refused('the cluster has no data yet, and its first group is made without anybody')
  if (!HOPELESS.includes(verdict.kind))
    return refused(
      `nothing has to be lost: ${verdict.kind === 'Allowed' ? `the group is made from ${verdict.seed}` : verdict.why}`,
    )
  // Kubelet calls a member ready that is ONLINE in its group: it may serve, and only the operator does not reach it.
  const answering = new Set(snapshot.members.map(({ pod }) => pod))
  const alive = snapshot.pods.find(({ name, ready }) => ready && !answering.has(name))
  if (alive)
    return refused(
      `${alive.name} is Ready and does not answer the operator: it may serve in its group; end it first (kubectl delete pod ${alive.name})`,
    )
  const since = snapshot.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime
  if (answering.size < snapshot.size && since && snapshot.takenAt - Date.parse(since) < RETURN_MS)
    return {
      kind: 'Later',
      why: 'members that are silent may still come back: it is judged a minute after writes stopped',
    }
  const seed = target ? snapshot.members.find(({ pod }) => pod === target) : best(snapshot.members)
  if (!seed) return refused(target ? `${target} does not answer` : 'no member answers')
  return { kind: 'Possible', loss: lossOf(snapshot, seed) }
}

/** Judges a failover by a person. It is for clusters without a group only: one that serves has its switchover. */
export const judgeFailover = (snapshot: Snapshot, state: ClusterState, target?: string): FailoverVerdict => {
  switch (state.kind) {
    case 'NoGroup':
      return judgeNoGroup(snapshot, state, target)
    case 'NoQuorum':
      return { kind: 'Later', why: 'members that see no majority end within half a minute: it is judged then' }
    case 'Serving':
      return refused('the cluster serves: use a switchover')
    case 'Unrecorded':
      return refused(`a group is there: that of ${state.seed}`)
    default:
      return refused('the cluster has no members')
  }
}

/** True when nothing may be lost now that was not shown before. What is known now of a member that was silent was included. */
export const isNoLarger = (now: Loss, shown: Loss): boolean =>
  now.seed === shown.seed &&
  now.silent.every((name) => shown.silent.includes(name)) &&
  now.only.every(({ pod, gtids }) => {
    if (shown.silent.includes(pod)) return true
    const before = shown.only.find((other) => other.pod === pod)
    return contains(parseGtidSet(before?.gtids ?? ''), parseGtidSet(gtids))
  })

/** Whether the person has accepted this loss: beforehand, whatever it is, or after it was shown. */
export const isAccepted = (
  loss: Loss,
  {
    acceptLoss,
    approved,
    shown,
    generation = 0,
  }: Pick<OperationView, 'acceptLoss' | 'approved' | 'shown' | 'generation'>,
): boolean => {
  if (acceptLoss) return true
  return approved === true && shown !== undefined && generation > shown.generation && isNoLarger(loss, shown)
}

/** A sentence for the person who has to decide. */
export const describeLoss = ({ seed, silent, only }: Loss): string => {
  const parts = [
    ...(silent.length > 0
      ? [
          `whatever only ${silent.join(', ')} may hold, as nobody answers there (make sure that no mysqld runs there any more)`,
        ]
      : []),
    ...only.map(({ pod, gtids }) => `what ${pod} holds and ${seed} does not: ${gtids} (${count(parseGtidSet(gtids))})`),
  ]
  const lost = parts.length > 0 ? parts.join('; ') : 'nothing'
  return `The group would be made from ${seed}. This may be lost to the cluster: ${lost}. It stays on its volumes, and members with it are not let in`
}

/** Whether the group may be made from `seed` by this request, as things are now. Gate of the activity. */
export const judgeApproval = (
  snapshot: Snapshot,
  state: ClusterState,
  seed: string,
  asked: OperationView | undefined,
): { readonly kind: 'Allowed' } | { readonly kind: 'Closed'; readonly why: string } => {
  if (asked?.request !== 'failover') return { kind: 'Closed', why: 'nobody asks for a failover any more' }
  const verdict = judgeFailover(snapshot, state, seed)
  if (verdict.kind !== 'Possible') return { kind: 'Closed', why: verdict.why }
  if (asked.pod !== undefined && asked.pod !== seed) return { kind: 'Closed', why: `it was asked for ${asked.pod}` }
  if (asked.approved === false || !isAccepted(verdict.loss, asked))
    return { kind: 'Closed', why: `more may be lost than was accepted. ${describeLoss(verdict.loss)}` }
  return { kind: 'Allowed' }
}
