import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import { plan, SELF_JOIN_SECONDS, type Step } from '../../src/domain/plan.ts'
import type { MemberView, Snapshot } from '../../src/domain/snapshot.ts'
import {
  CLUSTER,
  errant,
  fallen,
  grouped,
  INCARNATION,
  lonely,
  pod,
  podName,
  primary,
  RECORD,
  row,
  serving,
  snapshot,
  transactions,
} from '../support/snapshots.ts'

const planned = (given: Snapshot): Step => plan(given, diagnose(given, CLUSTER))
const alone = [primary(0)]
const withOutsiders = (...outside: MemberView[]): Snapshot =>
  serving({ members: [grouped(0, alone, { purged: transactions(40) }), ...outside] })
const caughtUp = { holds: transactions(90) }

describe('the next step', () => {
  test.each<[string, Snapshot, Step]>([
    ['of a deleted cluster is to finalise it', snapshot({ deleting: true }), { kind: 'Finalise' }],
    ['of a paused and deleted cluster too', snapshot({ deleting: true, paused: true }), { kind: 'Finalise' }],
    ['without objects is to make them', snapshot({ objects: { kind: 'Absent' } }), { kind: 'ApplyObjects' }],
    [
      'of a new cluster is its bootstrap',
      snapshot({ members: [lonely(0)] }),
      { kind: 'Bootstrap', seed: podName(0), why: 'a new cluster without data' },
    ],
    [
      'with a group that is not on record is to record it',
      snapshot({ group: { seed: podName(0), bootstraps: 1 }, members: [grouped(0, alone)] }),
      { kind: 'RecordGroup', incarnation: INCARNATION, seed: podName(0) },
    ],
    ['of a healthy cluster is none', serving(), { kind: 'Rest' }],
    [
      'beside a pod beyond the size, which someone scaled into being, is none: it is not let in',
      serving({ pods: [0, 1, 2, 3].map((ordinal) => pod(ordinal)), members: [...serving().members, lonely(3)] }),
      { kind: 'Rest' },
    ],
    [
      'is the join of a member that lacks transactions',
      withOutsiders(lonely(1, caughtUp)),
      { kind: 'Join', pod: podName(1), missing: 10 },
    ],
  ])('%s', (_, given, step) => {
    expect(planned(given)).toEqual(step)
  })

  test('after a full outage is the bootstrap of the member with all transactions', () => {
    const members = [0, 1, 2].map((ordinal) => lonely(ordinal, { holds: transactions(ordinal + 1) }))
    expect(planned(fallen(members))).toMatchObject({ kind: 'Bootstrap', seed: podName(2) })
  })
})

describe('it waits, and looks again', () => {
  test.each<[string, Snapshot]>([
    ['while members start', snapshot()],
    [
      'while a majority is away',
      snapshot({ group: RECORD, members: [grouped(0, [primary(0), row(1, 'UNREACHABLE')])] }),
    ],
    ['while a member catches up', serving({ members: [grouped(0, [primary(0), row(1), row(2, 'RECOVERING')])] })],
    ['while mysqld of a member starts', withOutsiders()],
    [
      'while a member rejoins by itself',
      withOutsiders(lonely(1, { ...caughtUp, startOnBoot: true, uptimeSeconds: 5 })),
    ],
    ['when members have diverged', fallen([0, 1, 2].map((ordinal) => lonely(ordinal, { holds: errant(ordinal) })))],
  ])('%s', (_, given) => {
    expect(planned(given)).toMatchObject({ kind: 'Wait', again: expect.any(Number) })
  })

  test('at latest when its news is due otherwise', () => {
    const objects = { kind: 'Refused', replicas: 0, reason: 'ForcedSetting', message: 'no' } as const
    expect(planned(snapshot({ objects }))).toEqual({ kind: 'Wait', why: 'no', again: 30_000 })
  })
})

describe('a member outside the group', () => {
  const restarted = { ...caughtUp, startOnBoot: true }

  test('is joined once it has not rejoined by itself in time', () => {
    const given = withOutsiders(lonely(1, { ...restarted, uptimeSeconds: SELF_JOIN_SECONDS }))
    expect(planned(given)).toMatchObject({ kind: 'Join', pod: podName(1) })
  })

  test('is joined at once when it failed to rejoin', () => {
    const given = withOutsiders(lonely(1, { ...restarted, rows: [row(1, 'ERROR')] }))
    expect(planned(given)).toMatchObject({ kind: 'Join', pod: podName(1) })
  })

  test('is left alone when it has transactions of its own', () => {
    expect(planned(withOutsiders(lonely(1, { holds: errant(1) })))).toMatchObject({
      kind: 'Wait',
      why: expect.stringContaining(errant(1)),
    })
  })

  test('is left alone when the group has purged what it lacks', () => {
    expect(planned(withOutsiders(lonely(1)))).toMatchObject({ kind: 'Wait', why: expect.stringContaining('copy') })
  })

  test('that must wait holds up no other', () => {
    const given = withOutsiders(lonely(1, { holds: errant(1) }), lonely(2, caughtUp))
    expect(planned(given)).toMatchObject({ kind: 'Join', pod: podName(2) })
  })

  test('is joined one at a time, the first one first', () => {
    const given = withOutsiders(lonely(1, caughtUp), lonely(2, caughtUp))
    expect(planned(given)).toMatchObject({ kind: 'Join', pod: podName(1) })
  })
})

describe('a paused cluster', () => {
  test.each<[string, Snapshot]>([
    ['without objects', snapshot({ objects: { kind: 'Absent' } })],
    ['that could be bootstrapped', snapshot({ members: [lonely(0)] })],
    ['with an unrecorded group', snapshot({ members: [grouped(0, alone)] })],
    ['with a member to join', withOutsiders(lonely(1, caughtUp))],
    ['that is whole', serving()],
  ])('is left as it is: one %s', (_, given) => {
    expect(planned({ ...given, paused: true })).toEqual({ kind: 'Rest' })
  })
})

test('a pod that is going away is not counted as a member that never starts', () => {
  const pods = [pod(0), pod(1), pod(2, { deleting: true })]
  expect(planned(serving({ pods }))).toEqual({ kind: 'Rest' })
})
