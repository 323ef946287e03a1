import { describe, expect, test } from '@jest/globals'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { type Foreign, groupNames, judgeForeign } from '../../src/domain/errant.ts'
import type { MemberView, PodView, Snapshot } from '../../src/domain/snapshot.ts'
import { judgeSwitchover } from '../../src/domain/switchover.ts'
import {
  CLUSTER,
  errant,
  grouped,
  pod,
  podName,
  primary,
  RECORD,
  REF,
  row,
  serving,
  transactions,
} from '../support/snapshots.ts'

const ALL = [podName(0), podName(1), podName(2)]

describe('what members say of foreign transactions, one after the other', () => {
  const judge = (subject: number, said: Readonly<Record<number, Foreign>>, online = ALL) =>
    judgeForeign(
      podName(subject),
      podName(0),
      online,
      new Map(Object.entries(said).map(([ordinal, foreign]) => [podName(Number(ordinal)), foreign])),
    )
  const own = (gtids: string, at = 10_000): Foreign => ({ gtids, at })

  test.each<[string, Readonly<Record<number, Foreign>>]>([
    ['it has none', { 1: own('') }],
    ['the primary has them, too', { 0: own(errant(1)), 1: own(errant(1)) }],
    ['the primary had them long before', { 0: own(errant(1), 1_000), 1: own(errant(1)) }],
  ])('a replica is clean when %s', (_, said) => {
    expect(judge(1, said)).toEqual({ kind: 'Clean' })
  })

  test('a replica holds them alone when the primary, asked a second later, does not have them', () => {
    const said = { 0: own(errant(0), 11_000), 1: own(`${errant(0)},${errant(1)}`) }
    expect(judge(1, said)).toEqual({ kind: 'Errant', gtids: errant(1) })
  })

  test.each<[string, Readonly<Record<number, Foreign>>]>([
    ['was not asked', { 1: own(errant(1)) }],
    ['was asked before', { 0: own('', 10_999), 1: own(errant(1)) }],
  ])('nothing is known as long as the primary %s: it is asked a second later', (_, said) => {
    expect(judge(1, said)).toEqual({ kind: 'Unknown', ask: [{ pod: podName(0), from: 11_000 }] })
  })

  test('nothing is known of a member that was not asked', () => {
    expect(judge(1, { 0: own('') })).toEqual({ kind: 'Unknown', ask: [] })
  })

  test('the primary holds them alone when no other one has them', () => {
    const later = own('', 11_000)
    expect(judge(0, { 0: own(errant(0)), 1: later, 2: later })).toEqual({ kind: 'Errant', gtids: errant(0) })
    expect(judge(0, { 0: own(errant(0)), 1: later, 2: own(errant(0)) })).toEqual({ kind: 'Clean' })
    expect(judge(0, { 0: own(errant(0)), 1: later })).toEqual({
      kind: 'Unknown',
      ask: [{ pod: podName(2), from: 11_000 }],
    })
  })

  test('a primary without others has nobody to be compared with', () => {
    expect(judge(0, { 0: own(errant(0)) }, [podName(0)])).toEqual({ kind: 'Clean' })
  })
})

test('a group has the uid of its cluster as its name, and the one that a failover by a person gave it', () => {
  expect(groupNames(REF.uid, RECORD)).toEqual([REF.uid])
  expect(groupNames(REF.uid, { ...RECORD, name: 'other' })).toEqual([REF.uid, 'other'])
})

const NONE = { copy: { state: 'None' }, platform: 'x86_64 Linux' } as const
const OWN = 'bbbbbbbb-0000-4000-8000-000000000002'
const ALONE = `${OWN}:1`
const CLIENTS = 'cccccccc-0000-4000-8000-000000000009:1-3'
const trio = [primary(0), row(1), row(2)]

interface Over {
  readonly subject?: number
  readonly holds?: string
  readonly found?: string
  readonly member?: Partial<MemberView>
  readonly pod?: Partial<PodView>
  readonly snapshot?: Partial<Snapshot>
}

/** All are ONLINE, and one of them holds more than the others. */
const world = ({ subject = 2, holds = ALONE, found = holds, member, pod: other, snapshot }: Over = {}): Snapshot =>
  serving({
    names: [REF.uid],
    pods: [0, 1, 2].map((ordinal) =>
      pod(ordinal, { hears: true, ...(ordinal === subject ? { ...(found ? { errant: found } : {}), ...other } : {}) }),
    ),
    members: [0, 1, 2].map((ordinal) =>
      grouped(ordinal, trio, {
        ...NONE,
        ...(ordinal === subject
          ? { serverUuid: OWN, holds: [transactions(100), holds].filter(Boolean).join(','), ...member }
          : {}),
      }),
    ),
    ...snapshot,
  })
const step = (snapshot: Snapshot) => chooseStep(snapshot, diagnose(snapshot, CLUSTER))
const judged = (snapshot: Snapshot) => {
  const { phase, ready, reason, message } = diagnose(snapshot, CLUSTER)
  return { phase, ready, reason, message }
}

describe('a replica that is ONLINE and holds transactions of its own', () => {
  test('is rebuilt without being asked for', () => {
    const why = `it holds transactions that the group does not have: ${ALONE}`
    expect(step(world())).toEqual({ kind: 'Run', procedure: { kind: 'rebuild', subject: podName(2), why } })
  })

  test('is told of, and counts as no replica', () => {
    expect(judged(world())).toMatchObject({ phase: 'Degraded', ready: true, reason: 'MemberQuarantined' })
    expect(judged(world()).message).toMatch(/shop-2 takes no reads and is to become a copy of another member: .*:1\)/)
    expect(diagnose(world(), CLUSTER).members.map(({ role }) => role)).toEqual(['primary', 'replica', 'none'])
  })

  test('is not made the primary', () => {
    const snapshot = world()
    const { state } = diagnose(snapshot, CLUSTER)
    expect(judgeSwitchover(snapshot, state, podName(2))).toMatchObject({
      kind: 'Refused',
      why: expect.stringContaining(ALONE),
    })
    expect(judgeSwitchover(snapshot, state)).toMatchObject({ kind: 'Allowed', to: podName(1) })
  })

  test('is not made the primary either before the observer has found it', () => {
    const snapshot = world({ found: '' })
    expect(judgeSwitchover(snapshot, diagnose(snapshot, CLUSTER).state, podName(2)).kind).toBe('Refused')
  })

  test('stays in the group, and waits for a person, when clients may have been told of what it holds', () => {
    const snapshot = world({ holds: CLIENTS })
    expect(step(snapshot)).toEqual({ kind: 'Rest' })
    expect(judged(snapshot)).toMatchObject({ phase: 'Degraded', reason: 'DivergedData' })
    expect(judged(snapshot).message).toMatch(
      /shop-2 takes no reads; shop-2 alone holds .*clients may have been told.*"rebuild":\{"member":"shop-2"\},"approved":true/,
    )
  })

  test('is rebuilt once a person has approved', () => {
    const asked = { name: 'again', uid: 'op-1', request: 'rebuild', pod: podName(2) } as const
    const over = (approved: boolean) => world({ holds: CLIENTS, snapshot: { operations: [{ ...asked, approved }] } })
    expect(step(over(true))).toMatchObject({ kind: 'Run', procedure: { kind: 'rebuild', operation: { uid: 'op-1' } } })
    expect(step(world({ holds: CLIENTS, snapshot: { operations: [asked] } }))).toMatchObject({
      kind: 'Tell',
      phase: 'AwaitingApproval',
    })
  })

  test('is left in the group while that needs it for its majority, which is told', () => {
    const rows = [primary(0), row(1), row(2, 'UNREACHABLE')]
    const before = world({ subject: 1, snapshot: { writes: podName(0) } })
    const members = before.members.slice(0, 2).map((member) => ({ ...member, rows }))
    const snapshot = { ...before, members }
    expect(step(snapshot).kind).not.toBe('Run')
    expect(judged(snapshot).message).toMatch(/not yet: the group needs shop-1 for its majority/)
  })

  test('is nobody to copy from', () => {
    const duo = [primary(0), row(2)]
    const before = world()
    const [one, two, three] = before.members.map((member) => ({ ...member, rows: duo }))
    if (!one || !two || !three) throw new Error('three members')
    const outside = { ...two, viewId: '', rows: [row(1, 'OFFLINE')], holds: transactions(5) }
    const snapshot = { ...before, members: [{ ...one, purged: transactions(50) }, outside, three] }
    expect(diagnose(snapshot, CLUSTER).message).toMatch(/shop-1 is to become a copy of another member/)
    expect(step(snapshot)).toMatchObject({ procedure: { kind: 'rebuild', subject: podName(1) } })
  })

  test.each<[string, Over]>([
    ['the evidence does not show it any more', { holds: '', found: ALONE }],
    ['the observer has not found it', { found: '' }],
    ['only what the group is passing on is ahead', { holds: transactions(101), found: ALONE }],
    ['the cluster is paused', { snapshot: { paused: true } }],
    ['it does not answer', { snapshot: { members: world().members.slice(0, 2) } }],
  ])('is not touched when %s', (_, over) => {
    expect(step(world(over)).kind).not.toBe('Run')
  })

  test('is not judged on evidence that does not tell the names of the group', () => {
    const { names: _, ...before } = world()
    expect(step(before)).toEqual({ kind: 'Rest' })
    expect(judged(before)).toMatchObject({ phase: 'Healthy' })
  })
})

describe('a primary that holds what no other member has', () => {
  const snapshot = world({ subject: 0 })

  test('is never touched by the operator', () => {
    expect(step(snapshot)).toEqual({ kind: 'Rest' })
  })

  test('is told of, with what a person can do', () => {
    expect(judged(snapshot)).toMatchObject({ phase: 'Degraded', ready: true, reason: 'DivergedData' })
    const { message } = judged(snapshot)
    expect(message).toMatch(
      /shop-0 takes the writes and holds transactions that no other member has .*a person must decide/,
    )
    const operation = JSON.parse(/echo '(.*)' \| kubectl create -f -/.exec(message)?.[1] ?? '')
    expect(operation.spec).toEqual({ clusterName: CLUSTER, switchover: {} })
  })
})
