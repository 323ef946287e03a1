import { describe, expect, test } from '@jest/globals'
import { stateOf } from '../../src/domain/cluster-state.ts'
import { archiveId, judgeRebuild, type RebuildGiven, UNREADABLE } from '../../src/domain/rebuild.ts'
import type { MemberView, PodView, Snapshot } from '../../src/domain/snapshot.ts'
import { grouped, lonely, pod, podName, primary, REF, row, serving, transactions } from '../support/snapshots.ts'

const NONE = { copy: { state: 'None' }, platform: 'x86_64 Linux' } as const
const OWN = 'bbbbbbbb-0000-4000-8000-000000000002'
const trio = [primary(0), row(1), row(2)]
const duo = [primary(0), row(1)]

const pods = (over: Partial<PodView> = {}): readonly PodView[] => [
  pod(0, { hears: true }),
  pod(1, { hears: true }),
  pod(2, { hears: true, ...over }),
]

/** Two that serve, and a third one outside that is as `over` says. */
const with2 = (over: Partial<MemberView>, subject: Partial<PodView> = {}): Snapshot =>
  serving({
    pods: pods(subject),
    members: [grouped(0, duo, NONE), grouped(1, duo, NONE), lonely(2, { ...NONE, serverUuid: OWN, ...over })],
  })

/** Two that serve, and a third one that does not answer. */
const without2 = (subject: Partial<PodView>): Snapshot =>
  serving({ pods: pods(subject), members: [grouped(0, duo, NONE), grouped(1, duo, NONE)] })

const whole = (over: Partial<MemberView> = {}): Snapshot =>
  serving({
    pods: pods(),
    members: [grouped(0, trio, NONE), grouped(1, trio, NONE), grouped(2, trio, { ...NONE, ...over })],
  })

const verdict = (snapshot: Snapshot, given?: RebuildGiven, name = podName(2)) =>
  judgeRebuild(snapshot, stateOf(snapshot), name, given)
const errant = `${OWN}:1-2`
const diverged = `${transactions(50)},${errant}`
const damaged = {
  kind: 'Ended',
  code: 1,
  reason: 'Error',
  said: 'MY-011906 Database page corruption on disk or a failed file read.',
  restarts: 3,
} as const

test.each([
  'MY-012239 Space ID in fsp header is 965019903, but in the page header it is 3656648503.',
  'MY-012179 Could not find any file associated with the tablespace ID: 2',
  'MY-010020 Data Dictionary initialization failed.',
])('data cannot be read when mysqld says: %s', (said) => {
  expect(said).toMatch(UNREADABLE)
})

test.each([
  'MY-010262 Cannot start server: Bind on TCP/IP port: Address already in use',
  'MY-012592 Operating system error number 28 in a file operation. No space left on device',
])('data may be whole when mysqld says: %s', (said) => {
  expect(said).not.toMatch(UNREADABLE)
})

describe('a member outside that holds nothing of its own', () => {
  test('is copied to from a replica', () => {
    expect(verdict(with2({ holds: transactions(50) }))).toEqual({ kind: 'Copy', donor: podName(1) })
  })

  test('is copied to from the primary when there is no replica', () => {
    const members = [grouped(0, [primary(0)], NONE), lonely(1, NONE), lonely(2, NONE)]
    expect(verdict(serving({ pods: pods(), members }))).toEqual({ kind: 'Copy', donor: podName(0) })
  })

  test.each<[string, Partial<MemberView>, RegExp]>([
    ['of another series', { version: '8.4.3' }, /9\.7\.0, which cannot be copied to 8\.4\.3/],
    ['of another platform', { platform: 'aarch64 Linux' }, /x86_64 Linux, which cannot be copied to aarch64/],
    ['without the plugin', { copy: undefined as never }, /no clone plugin/],
  ])('and is %s is not', (_, over, why) => {
    expect(verdict(with2(over))).toEqual({ kind: 'Refused', why: expect.stringMatching(why) })
  })

  test.each([
    ['8.0.36', '8.0.36', 'Copy'],
    ['8.0.36', '8.0.37', 'Refused'],
    ['8.0.37', '8.0.41', 'Copy'],
    ['8.4.0', '8.4.5', 'Copy'],
    ['9.6.0', '9.7.0', 'Refused'],
  ])('of %s is judged by the series of the donor %s: %s', (recipient, donor, kind) => {
    const version = { ...NONE, version: donor }
    const members = [grouped(0, duo, version), grouped(1, duo, version), lonely(2, { ...NONE, version: recipient })]
    expect(verdict(serving({ pods: pods(), members })).kind).toBe(kind)
  })

  test('is not copied to from one that is being copied to, or deleted', () => {
    const members = [grouped(0, duo, NONE), grouped(1, duo, { ...NONE, copy: { state: 'UnderWay' } }), lonely(2, NONE)]
    expect(verdict(serving({ pods: pods(), members }))).toEqual({ kind: 'Copy', donor: podName(0) })
    const [first, second, third] = pods() as [PodView, PodView, PodView]
    const going = [first, { ...second, deleting: true }, third]
    expect(verdict({ ...with2({}), pods: going })).toEqual({ kind: 'Copy', donor: podName(0) })
  })

  test('joins once the copy is made, and not when that is not whole', () => {
    expect(verdict(with2({ copy: { state: 'Done' } }), { copied: true })).toEqual({ kind: 'Join' })
    expect(verdict(with2({ copy: { state: 'Incomplete' } }), { copied: true }).kind).toBe('Copy')
  })
})

describe('a member that alone holds transactions', () => {
  test('has its logs archived, under a name that says what it holds', () => {
    expect(verdict(with2({ holds: diverged }))).toEqual({ kind: 'Archive', id: archiveId(diverged), errant })
  })

  test('is copied to once all that it holds is archived', () => {
    expect(verdict(with2({ holds: diverged, archived: archiveId(diverged) })).kind).toBe('Copy')
    expect(verdict(with2({ holds: diverged, archived: archiveId(errant) })).kind).toBe('Archive')
  })

  test.each<[string, Partial<MemberView>, Partial<PodView>, RegExp]>([
    ['they are of the group', { holds: transactions(200) }, {}, /clients may have been told/],
    ['they are of some other server', { holds: `${REF.uid.replace('9d', '0d')}:1` }, {}, /clients may have been told/],
    ['its logs do not have them', { holds: diverged, purged: errant }, {}, /cannot be archived/],
    ['its pod cannot archive them', { holds: diverged }, { hears: undefined as never }, /delete the pod first/],
  ])('waits for a person when %s', (_, over, subject, why) => {
    expect(verdict(with2(over, subject))).toEqual({ kind: 'Approval', why: expect.stringMatching(why) })
    const approved = verdict(with2(over, subject), { approved: true }).kind
    expect(approved).toBe(subject.hears === undefined && 'hears' in subject ? 'Copy' : 'Archive')
  })

  test('waits for a person when the others are no majority without it', () => {
    const members = [grouped(0, [primary(0)], NONE), lonely(2, { ...NONE, serverUuid: OWN, holds: diverged })]
    expect(verdict(serving({ pods: pods(), members }))).toEqual({
      kind: 'Approval',
      why: expect.stringMatching(/no majority without it/),
    })
  })

  test('does not hold them alone when any other that is ONLINE has them', () => {
    const members = [
      grouped(0, duo, NONE),
      grouped(1, duo, { ...NONE, holds: transactions(101) }),
      lonely(2, { ...NONE, holds: transactions(101) }),
    ]
    expect(verdict(serving({ pods: pods(), members })).kind).toBe('Copy')
  })
})

describe('a member that does not answer', () => {
  test('has its data set aside when mysqld says again and again that it cannot read them', () => {
    expect(verdict(without2({ trouble: damaged }))).toEqual({ kind: 'MoveAside' })
  })

  test.each<[string, Partial<PodView>, string]>([
    ['has said so twice only', { trouble: { ...damaged, restarts: 2 } }, 'Approval'],
    ['ends for another reason', { trouble: { ...damaged, said: "unknown variable 'a=1'" } }, 'Approval'],
    ['is only silent', {}, 'Refused'],
    ['has a pod that does not hear', { trouble: damaged, hears: undefined as never }, 'Refused'],
  ])('and %s keeps its data', (_, subject, kind) => {
    expect(verdict(without2(subject)).kind).toBe(kind)
  })

  test('has its data set aside when a person says so', () => {
    const trouble = { ...damaged, said: 'no idea' }
    expect(verdict(without2({ trouble }), { approved: true })).toEqual({ kind: 'MoveAside' })
    expect(verdict(without2({}), { approved: true }).kind).toBe('Refused')
  })

  test('keeps its data while the others are no majority', () => {
    const members = [grouped(0, [primary(0)], NONE)]
    expect(verdict(serving({ pods: pods({ trouble: damaged }), members })).kind).toBe('Approval')
  })
})

describe('a member that is ONLINE', () => {
  test('leaves the group first', () => {
    expect(verdict(whole())).toEqual({ kind: 'Leave' })
    expect(verdict(whole({ holds: transactions(101) }))).toEqual({ kind: 'Leave' })
  })

  test('stays when it is the primary', () => {
    expect(verdict(whole(), {}, podName(0))).toEqual({ kind: 'Refused', why: expect.stringMatching(/switchover/) })
  })

  test('stays when the group needs it for its majority', () => {
    const rows = [primary(0), row(1), row(2, 'UNREACHABLE')]
    const members = [grouped(0, rows, NONE), grouped(1, rows, NONE)]
    expect(verdict(serving({ pods: pods(), members }), {}, podName(1))).toEqual({
      kind: 'Refused',
      why: expect.stringMatching(/needs shop-1 for its majority/),
    })
  })
})

describe('nothing is rebuilt', () => {
  test.each<[string, Snapshot, string, RegExp]>([
    ['of a pod that there is not', whole(), 'shop-7', /no member; the members are shop-0, shop-1, shop-2/],
    ['that is being deleted', with2({}, { deleting: true }), podName(2), /being deleted/],
    ['without a group', serving({ members: [lonely(0), lonely(1), lonely(2)] }), podName(2), /no group that serves/],
    [
      'while it joins',
      serving({
        pods: pods(),
        members: [grouped(0, [primary(0), row(1), row(2, 'RECOVERING')], NONE)],
      }),
      podName(2),
      /joining the group/,
    ],
  ])('%s', (_, snapshot, name, why) => {
    expect(verdict(snapshot, {}, name)).toEqual({ kind: 'Refused', why: expect.stringMatching(why) })
  })
})
