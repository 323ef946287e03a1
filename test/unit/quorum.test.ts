import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { stateOf } from '../../src/domain/cluster-state.ts'
import { judgeQuorum } from '../../src/domain/quorum.ts'
import type { GroupRow, MemberView, Snapshot } from '../../src/domain/snapshot.ts'
import { errant, fallen, grouped, lonely, podName, row, transactions, viewId } from '../support/snapshots.ts'

const seen = (ordinal: number, state: GroupRow['state'] = 'ONLINE'): GroupRow => ({
  ...row(ordinal, state),
  uuid: `server-uuid-${ordinal}`,
})
const rowsOf = (living: readonly number[], size = 3): GroupRow[] =>
  Array.from({ length: size }, (_, at) => seen(at, living.includes(at) ? 'ONLINE' : 'UNREACHABLE'))
const survivor = (over: Partial<MemberView> = {}): MemberView => grouped(0, rowsOf([0]), { viewId: viewId(3), ...over })
const restarted = (ordinal: number, over: Partial<MemberView> = {}): MemberView =>
  lonely(ordinal, { holds: transactions(100), ...over })
const lost = (...members: MemberView[]): Snapshot => fallen(members)

describe('a quorum is forced', () => {
  test('when all others restarted outside the group and hold nothing that the survivor lacks', () => {
    expect(judgeQuorum(lost(survivor(), restarted(1), restarted(2, { holds: transactions(90) })))).toMatchObject({
      kind: 'Allowed',
      seed: podName(0),
      living: [podName(0)],
    })
  })

  test('by several survivors of a larger group, from the one that holds all', () => {
    const rows = rowsOf([0, 1], 5)
    const given = fallen(
      [
        grouped(0, rows, { viewId: viewId(5), holds: transactions(99) }),
        grouped(1, rows, { viewId: viewId(5) }),
        ...[2, 3, 4].map((at) => restarted(at)),
      ],
      { size: 5 },
    )
    expect(judgeQuorum(given)).toMatchObject({ kind: 'Allowed', seed: podName(1), living: [podName(0), podName(1)] })
  })
})

describe('a quorum is not forced', () => {
  test.each<[string, Snapshot, RegExp]>([
    ['while a member is silent', lost(survivor(), restarted(1)), /shop-2 is silent/],
    [
      'while a member of it still shows ERROR',
      lost(survivor(), restarted(1), restarted(2, { rows: [row(2, 'ERROR')] })),
      /ERROR/,
    ],
    ['while a member shows a view', lost(survivor(), restarted(1), restarted(2, { viewId: viewId(3) })), /a view/],
    [
      'when a member holds more',
      lost(survivor(), restarted(1), restarted(2, { holds: transactions(101) })),
      /holds more/,
    ],
    [
      'when a member holds something else',
      lost(survivor(), restarted(1), restarted(2, { holds: errant(2) })),
      /holds more/,
    ],
    [
      'when a member came back with other data',
      lost(survivor(), restarted(1), restarted(2, { serverUuid: 'x' })),
      /other data/,
    ],
    ['in a group that is not on record', lost(survivor({ viewId: '5:3' }), restarted(1), restarted(2)), /on record/],
    ['where nobody is in a group', lost(restarted(0), restarted(1), restarted(2)), /no member that lives/],
    [
      'while a member sees a majority',
      lost(survivor({ rows: rowsOf([0, 1]) }), restarted(1), restarted(2)),
      /a majority/,
    ],
    [
      'while members that live see others than the operator',
      fallen(
        [
          grouped(0, rowsOf([0], 5), { viewId: viewId(5) }),
          grouped(1, rowsOf([0, 1], 5), { viewId: viewId(5) }),
          restarted(2),
          restarted(3),
          restarted(4),
        ],
        { size: 5 },
      ),
      /the same members/,
    ],
    [
      'while members that live are in different views',
      fallen(
        [
          grouped(0, rowsOf([0, 1], 5), { viewId: viewId(5) }),
          grouped(1, rowsOf([0, 1], 5), { viewId: viewId(4) }),
          restarted(2),
          restarted(3),
          restarted(4),
        ],
        { size: 5 },
      ),
      /different views/,
    ],
    [
      'by a member whose view does not tell whose data were in it',
      lost(survivor({ rows: rowsOf([0]).map(({ uuid: _, ...one }) => one) }), restarted(1), restarted(2)),
      /other data/,
    ],
  ])('%s', (_, given, why) => {
    expect(judgeQuorum(given)).toEqual({ kind: 'Wait', why: expect.stringMatching(why) })
  })

  test('for all clusters of three: unless every other member answers as OFFLINE with no more than the survivor', () => {
    const other = fc.option(
      fc.record({
        state: fc.constantFrom<GroupRow['state']>('OFFLINE', 'ERROR', 'ONLINE', 'RECOVERING', 'UNREACHABLE'),
        holds: fc.constantFrom('', transactions(90), transactions(100), transactions(101), errant(1)),
        same: fc.boolean(),
      }),
      { nil: undefined },
    )
    fc.assert(
      fc.property(other, other, (one, two) => {
        const members = [one, two].flatMap((found, index) =>
          found
            ? [
                restarted(index + 1, {
                  holds: found.holds,
                  rows: [row(index + 1, found.state)],
                  ...(found.same ? {} : { serverUuid: 'x' }),
                }),
              ]
            : [],
        )
        const given = lost(survivor(), ...members)
        const isProven = [one, two].every(
          (found) =>
            found?.state === 'OFFLINE' && found.same && !['101', errant(1)].some((end) => found.holds.endsWith(end)),
        )
        expect(judgeQuorum(given).kind).toBe(isProven ? 'Allowed' : 'Wait')
        if (isProven) expect(stateOf(given).kind).toBe('NoQuorum')
      }),
      { numRuns: 2000 },
    )
  })
})
