import { describe, expect, test } from '@jest/globals'
import { judgeJoin } from '../../src/domain/join.ts'
import { errant, REF, transactions } from '../support/snapshots.ts'

describe('a member outside the group', () => {
  const donor = { holds: transactions(100), purged: transactions(40) }

  test.each([
    ['an empty one, while the group has purged nothing', '', { ...donor, purged: '' }, { kind: 'Join', missing: 100 }],
    ['one that lacks the last transactions', transactions(70), donor, { kind: 'Join', missing: 30 }],
    ['one that lacks nothing', transactions(100), donor, { kind: 'Join', missing: 0 }],
    ['one that holds just what was purged', transactions(40), donor, { kind: 'Join', missing: 60 }],
  ])('joins: %s', (_, holds, group, verdict) => {
    expect(judgeJoin({ holds }, group)).toEqual(verdict)
  })

  test.each([
    ['an empty one, when the group has purged', '', /:1-40,/],
    ['one that lacks a purged transaction', transactions(39), /:40,/],
  ])('needs a copy: %s', (_, holds, why) => {
    expect(judgeJoin({ holds }, donor)).toEqual({ kind: 'Clone', why: expect.stringMatching(why) })
  })

  test.each([
    ['one with a transaction of its own', `${transactions(100)},${errant(1)}`, errant(1)],
    ['one that is ahead of the group', transactions(101), `${REF.uid}:101`],
    ['one with errant and with missing ones', `${transactions(10)},${errant(2)}`, errant(2)],
  ])('has diverged: %s', (_, holds, own) => {
    expect(judgeJoin({ holds }, donor)).toEqual({ kind: 'Diverged', errant: own })
  })
})
