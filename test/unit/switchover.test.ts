import { describe, expect, test } from '@jest/globals'
import { stateOf } from '../../src/domain/cluster-state.ts'
import type { GroupRow, MemberView, Snapshot } from '../../src/domain/snapshot.ts'
import { judgeSwitchover, MAX_QUEUE, type SwitchoverVerdict } from '../../src/domain/switchover.ts'
import {
  errant,
  fallen,
  grouped,
  lonely,
  pod,
  podName,
  primary,
  row,
  serving,
  snapshot,
  transactions,
} from '../support/snapshots.ts'

const judged = (given: Snapshot, target?: string): SwitchoverVerdict => judgeSwitchover(given, stateOf(given), target)
const trio = [primary(0), row(1), row(2)]
/** Three members of which some say more of themselves. */
const with3 = (over: Readonly<Record<number, Partial<MemberView>>>, rows: readonly GroupRow[] = trio): Snapshot =>
  serving({ members: [0, 1, 2].map((ordinal) => grouped(ordinal, rows, over[ordinal] ?? {})) })
const to = (ordinal: number): SwitchoverVerdict => ({ kind: 'Allowed', from: podName(0), to: podName(ordinal) })

describe('the primary role is handed to', () => {
  test.each<[string, Snapshot, number | undefined, SwitchoverVerdict]>([
    ['the member that is named', serving(), 2, to(2)],
    ['the replica of the lowest ordinal when none is named', serving(), undefined, to(1)],
    ['the replica that has the least to apply', with3({ 1: { queue: 9 }, 2: { queue: 8 } }), undefined, to(2)],
    ['a replica that lags no more than is allowed', with3({ 1: { queue: MAX_QUEUE } }), 1, to(1)],
    ['the next replica when the best one lags', with3({ 1: { queue: MAX_QUEUE + 1 } }), undefined, to(2)],
    [
      'the next replica when one is silent',
      serving({ members: serving().members.filter((_, n) => n !== 1) }),
      undefined,
      to(2),
    ],
    ['one of an older version, as a group takes its primary from these', with3({ 1: { version: '8.4.0' } }), 1, to(1)],
    [
      'the second of eleven, and not the eleventh, when all are alike',
      serving({
        size: 11,
        members: [0, 2, 10].map((n) => grouped(n, [primary(0), ...Array.from({ length: 10 }, (_, o) => row(o + 1))])),
      }),
      undefined,
      to(2),
    ],
  ])('%s', (_, given, target, verdict) => {
    expect(judged(given, target === undefined ? undefined : podName(target))).toEqual(verdict)
  })
})

test('there is nothing to do for a member that is the primary', () => {
  expect(judged(serving(), podName(0))).toEqual({ kind: 'Done', primary: podName(0) })
})

describe('a switchover is refused', () => {
  test.each<[string, Snapshot, string | undefined, RegExp]>([
    [
      'to a pod that there is not',
      serving(),
      'shop-7',
      /^shop-7 is no member of this cluster; the members are shop-0, shop-1, shop-2$/,
    ],
    [
      'to a member outside the group',
      serving({ members: [grouped(0, [primary(0)]), lonely(1)] }),
      podName(1),
      /^shop-1 is not in the group: only a member that is ONLINE/,
    ],
    [
      'to a member that recovers',
      with3({}, [primary(0), row(1, 'RECOVERING'), row(2)]),
      podName(1),
      /^shop-1 is RECOVERING: only a member that is ONLINE/,
    ],
    [
      'to a member that cannot be reached by the others',
      with3({}, [primary(0), row(1, 'UNREACHABLE'), row(2)]),
      podName(1),
      /^shop-1 is UNREACHABLE/,
    ],
    [
      'to a member whose pod is going',
      serving({ pods: [pod(0), pod(1, { deleting: true }), pod(2)] }),
      podName(1),
      /^shop-1 is being deleted$/,
    ],
    [
      'to a member that alone holds something, while the primary does not answer',
      serving({
        members: with3({ 1: { holds: errant(1) } }).members.filter((_, n) => n !== 0),
        names: ['a-group'],
        status: { primary: podName(0) } as never,
      }),
      podName(1),
      /holds transactions that no member that answers has/,
    ],
    [
      'to a member that is silent',
      serving({ members: serving().members.filter((_, n) => n !== 1) }),
      podName(1),
      /^shop-1 does not answer the operator$/,
    ],
    [
      'to a member that lags',
      with3({ 1: { queue: MAX_QUEUE + 1 } }),
      podName(1),
      /^shop-1 lags: it has 1001 transactions still to apply \(at most 1000\)$/,
    ],
    [
      'to a member of a newer version',
      with3({ 1: { version: '9.8.0' } }),
      podName(1),
      /^shop-1 runs MySQL 9\.8\.0, newer than the primary's 9\.7\.0/,
    ],
    [
      'to a member that could not get what it lacks',
      with3({ 0: { purged: transactions(100) }, 1: { holds: transactions(90) } }),
      podName(1),
      /^shop-1 lacks transactions that the primary has purged$/,
    ],
    ['in a cluster of one', serving({ size: 1 }), undefined, /^there is no other member$/],
    [
      'for the reason of each member when none can take over',
      with3({ 1: { queue: 2000 } }, [primary(0), row(1), row(2, 'RECOVERING')]),
      undefined,
      /^shop-1 lags.*; shop-2 is RECOVERING/,
    ],
    [
      'without a primary',
      with3({}, [row(0), row(1), row(2)]),
      podName(1),
      /no primary that could hand over; see MySQLOperation failover/,
    ],
    ['while all members are down', fallen([lonely(0)]), podName(1), /no primary/],
    ['before there is a group', snapshot(), undefined, /no primary/],
  ])('%s', (_, given, target, why) => {
    expect(judged(given, target)).toEqual({ kind: 'Refused', why: expect.stringMatching(why) })
  })
})
