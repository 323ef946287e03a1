import { describe, expect, test } from '@jest/globals'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { MANY } from '../../src/domain/rebuild-need.ts'
import type { MemberView, OperationView, PodView, Snapshot } from '../../src/domain/snapshot.ts'
import { CLUSTER, grouped, lonely, pod, podName, primary, row, serving, transactions } from '../support/snapshots.ts'

const NONE = { copy: { state: 'None' }, platform: 'x86_64 Linux' } as const
const OWN = 'bbbbbbbb-0000-4000-8000-000000000002'
const duo = [primary(0), row(1)]

const pods = (over: Partial<PodView> = {}): readonly PodView[] => [
  pod(0, { hears: true }),
  pod(1, { hears: true }),
  pod(2, { hears: true, ...over }),
]
const world = (
  outside: MemberView | undefined,
  over: Partial<Snapshot> = {},
  donor: Partial<MemberView> = {},
): Snapshot =>
  serving({
    pods: pods(),
    members: [
      grouped(0, duo, { ...NONE, ...donor }),
      grouped(1, duo, { ...NONE, ...donor }),
      ...(outside ? [outside] : []),
    ],
    ...over,
  })
const step = (snapshot: Snapshot) => chooseStep(snapshot, diagnose(snapshot, CLUSTER))
const rebuild = (why: RegExp) => ({
  kind: 'Run',
  procedure: { kind: 'rebuild', subject: podName(2), why: expect.stringMatching(why) },
})
const second = (over: Partial<MemberView>): MemberView =>
  lonely(2, { ...NONE, serverUuid: OWN, holds: transactions(50), uptimeSeconds: 100, ...over })

describe('a member outside is rebuilt without being asked for', () => {
  test('when the group has purged what it lacks', () => {
    expect(step(world(second({}), {}, { purged: transactions(60) }))).toEqual(rebuild(/the group has purged/))
  })

  test('when it holds transactions of its own, also while it tries to rejoin', () => {
    const holds = `${transactions(50)},${OWN}:1`
    expect(step(world(second({ holds })))).toEqual(rebuild(new RegExp(`does not have: ${OWN}:1`)))
    expect(step(world(second({ holds, startOnBoot: true, uptimeSeconds: 5 })))).toEqual(rebuild(/does not have/))
  })

  test('when a copy to it was left in the middle', () => {
    expect(step(world(second({ holds: '', copy: { state: 'Incomplete' } })))).toEqual(rebuild(/not whole/))
  })

  test('when it lacks so much that a copy is quicker', () => {
    const holds = transactions(MANY + 51)
    expect(step(world(second({}), {}, { holds }))).toEqual(rebuild(new RegExp(`lacks ${MANY + 1} transactions`)))
  })

  test('when its data cannot be read', () => {
    const trouble = { kind: 'Ended', code: 1, reason: 'Error', said: 'page is corrupted', restarts: 5 } as const
    expect(step(world(undefined, { pods: pods({ trouble }) }))).toEqual(rebuild(/cannot be read: page is corrupted/))
  })

  test('when its mysqld is older than the one that wrote them, as after an upgrade that was undone', () => {
    const said = 'Downgrade is not supported'
    const trouble = { kind: 'Ended', code: 1, reason: 'Error', said, restarts: 5 } as const
    const older = { ...trouble, isOlder: true } as const
    expect(step(world(undefined, { pods: pods({ trouble: older }) }))).toEqual(rebuild(/cannot be read: Downgrade/))
    expect(step(world(undefined, { pods: pods({ trouble }) })).kind).toBe('Wait')
  })
})

describe('a member outside is not rebuilt', () => {
  test('when it can join', () => {
    expect(step(world(second({})))).toMatchObject({ procedure: { kind: 'rejoin' } })
  })

  test('when it can join although it lacks much, and nobody can be copied', () => {
    const holds = transactions(MANY + 51)
    const donor = { holds, version: '9.6.0' }
    expect(step(world(second({}), {}, donor))).toMatchObject({ procedure: { kind: 'rejoin' } })
  })

  test('before another one that can join has done so', () => {
    const rows = [primary(0)]
    const members = [
      grouped(0, rows, { ...NONE, purged: transactions(20) }),
      lonely(1, { ...NONE, holds: transactions(10) }),
      second({}),
    ]
    expect(step(serving({ pods: pods(), members }))).toMatchObject({
      procedure: { kind: 'rejoin', subject: podName(2) },
    })
  })

  test.each<[string, Partial<Snapshot>]>([
    ['while the cluster is paused', { paused: true }],
    [
      'while another procedure is on record',
      {
        status: {
          phase: 'Degraded',
          procedure: { id: 'x', kind: 'rebuild', subject: podName(1), why: 'y', since: '2026-01-01T00:00:00.000Z' },
        },
      },
    ],
  ])('%s', (_, over) => {
    expect(step(world(second({}), over, { purged: transactions(60) })).kind).not.toBe('Run')
  })

  test('when clients may have been told of what it alone holds', () => {
    expect(step(world(second({ holds: transactions(101) })))).toMatchObject({ kind: 'Wait' })
  })

  test('on evidence of an operator that did not ask for copies', () => {
    const { copy: _, ...before } = second({})
    expect(step(world(before, {}, { purged: transactions(60) }))).toMatchObject({ kind: 'Wait' })
  })
})

describe('a MySQLOperation rebuild', () => {
  const asked: OperationView = { name: 'again', uid: 'op-1', request: 'rebuild', pod: podName(2) }
  const diverged = second({ holds: transactions(101) })

  test('is carried out on a member that holds nothing of its own', () => {
    expect(step(world(second({}), { operations: [asked] }))).toMatchObject({
      procedure: { kind: 'rebuild', subject: podName(2), operation: { name: 'again', uid: 'op-1' } },
    })
  })

  test('waits for a person, and says how to decide, when it is not proven that nothing is lost', () => {
    expect(step(world(diverged, { operations: [asked] }))).toEqual({
      kind: 'Tell',
      operation: { name: 'again', uid: 'op-1' },
      phase: 'AwaitingApproval',
      message: expect.stringMatching(
        /:101: clients may have been told.*kubectl patch mysqloperation again --type=merge -p '\{"spec":\{"approved":true\}\}'/,
      ),
    })
  })

  test('goes on once it is approved, and ends once it is refused', () => {
    const approved = step(world(diverged, { operations: [{ ...asked, approved: true }] }))
    expect(approved).toMatchObject({ procedure: { kind: 'rebuild' } })
    const refused = step(world(diverged, { operations: [{ ...asked, approved: false }] }))
    expect(refused).toMatchObject({ kind: 'Tell', phase: 'Failed' })
  })
})
