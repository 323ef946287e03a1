import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { removalOf, triesRemovalAgain } from '../../src/domain/removal.ts'
import { ageOf, expired, type Kept } from '../../src/domain/retention.ts'

const DAY = 86_400_000
const NOW = 100 * DAY

const backups: fc.Arbitrary<readonly Kept[]> = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 4 }),
    state: fc.constantFrom<Kept['state']>('Good', 'Verified', 'Broken', 'Failed', 'UnderWay'),
    finishedAt: fc.integer({ min: 0, max: NOW }),
  }),
  { selector: ({ name }) => name, maxLength: 20 },
)
const rules = fc.record(
  { count: fc.integer({ min: 1, max: 5 }), ageMs: fc.integer({ min: 1, max: 120 * DAY }) },
  { requiredKeys: [] },
)
const isGood = ({ state }: Kept): boolean => state === 'Good' || state === 'Verified'
const newest = (all: readonly Kept[]): number => Math.max(...all.map(({ finishedAt }) => finishedAt))

describe('retention, whatever there is and whatever is declared,', () => {
  const holds = (
    law: (
      all: readonly Kept[],
      gone: readonly Kept[],
      left: readonly Kept[],
      rule: { count?: number; ageMs?: number },
    ) => void,
  ) =>
    fc.assert(
      fc.property(backups, rules, (all, rule) => {
        const names = expired(all, rule, NOW)
        const isGone = ({ name }: Kept): boolean => names.includes(name)
        law(
          all,
          all.filter(isGone),
          all.filter((backup) => !isGone(backup)),
          rule,
        )
      }),
    )

  test('keeps the newest good one, and the newest that was verified', () => {
    holds((all, _, left) => {
      for (const is of [isGood, ({ state }: Kept) => state === 'Verified']) {
        const such = all.filter(is)
        if (such.length > 0) expect(left.filter(is).some(({ finishedAt }) => finishedAt === newest(such))).toBe(true)
      }
    })
  })

  test('touches nothing that is under way', () => {
    holds((_, gone) => expect(gone.filter(({ state }) => state === 'UnderWay')).toEqual([]))
  })

  test('keeps no more good ones than are counted, but the last one that was verified', () => {
    holds((_, __, left, { count }) => {
      if (count !== undefined) expect(left.filter(isGood).length).toBeLessThanOrEqual(count + 1)
    })
  })

  test('removes a good one only for a newer good one that stays', () => {
    holds((_, gone, left) => {
      const kept = left.filter(isGood)
      for (const one of gone.filter(isGood)) expect(newest(kept)).toBeGreaterThanOrEqual(one.finishedAt)
    })
  })

  test('has nothing more to remove once that is done', () => {
    holds((_, __, left, rule) => expect(expired(left, rule, NOW)).toEqual([]))
  })
})

test('without a rule every good one is kept, and the last three that failed', () => {
  const of = (state: Kept['state'], count: number): readonly Kept[] =>
    Array.from({ length: count }, (_, index) => ({ name: `${state}-${index}`, state, finishedAt: index * DAY }))
  expect(expired([...of('Good', 5), ...of('Failed', 5)], {}, NOW)).toEqual(['Failed-0', 'Failed-1'])
})

test('an age is told in hours, days or weeks', () => {
  expect([ageOf('36h'), ageOf('30d'), ageOf('2w')]).toEqual([1.5 * DAY, 30 * DAY, 14 * DAY])
})

describe('of a backup there is removed', () => {
  const given = { deleting: true, policy: 'Retain', phase: 'Completed', begun: true } as const
  test.each([
    ['nothing when it is complete and retained', given, 'Nothing'],
    ['everything when it is deleted and its policy says so', { ...given, policy: 'Delete' }, 'All'],
    [
      'nothing before it is deleted, whatever its policy says',
      { ...given, policy: 'Delete', deleting: false },
      'Nothing',
    ],
    ['what is left of one that was deleted half-way', { ...given, phase: 'Running' }, 'Leftovers'],
    ['what is left of one that has failed', { ...given, phase: 'Failed', deleting: false }, 'Leftovers'],
    ['nothing of one that never began', { ...given, policy: 'Delete', begun: false }, 'Nothing'],
  ] as const)('%s', (_, removable, removal) => {
    expect(removalOf(removable)).toBe(removal)
  })

  test('what cannot be removed in an hour, or in ten minutes where the store refuses, is left', () => {
    const minute = 60_000
    expect(triesRemovalAgain('StoreUnreachable', 59 * minute)).toBe(true)
    expect(triesRemovalAgain('StoreUnreachable', 60 * minute)).toBe(false)
    expect(triesRemovalAgain('StoreRefused', 9 * minute)).toBe(true)
    expect(triesRemovalAgain('StoreRefused', 10 * minute)).toBe(false)
  })
})
