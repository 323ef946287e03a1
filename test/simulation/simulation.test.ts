import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { createPool, type Outcome, type Pool } from './run/pool.ts'

const SEEDS = Number(process.env['SEEDS'] ?? 200)
const CHUNK = 20
const first = (chunk: number): number => chunk * CHUNK + 1
const last = (chunk: number): number => Math.min(SEEDS, (chunk + 1) * CHUNK)

jest.setTimeout(600_000)
let pool: Pool
let outcomes: readonly Promise<Outcome>[]
beforeAll(() => {
  pool = createPool()
  outcomes = Array.from({ length: SEEDS }, (_, index) => pool.run(index + 1))
})
afterAll(() => pool.close())

/** How each seed that ended badly did, and how to see its story. */
const complaints = (ended: readonly Outcome[]): readonly string[] =>
  ended.flatMap(({ seed, violations: [violation] }) =>
    violation ? [`${violation.rule}: ${violation.why} (make sim SEED=${seed})`] : [],
  )

describe('a cluster survives whatever happens, and ends as it should', () => {
  test.each(Array.from({ length: Math.ceil(SEEDS / CHUNK) }, (_, chunk) => [first(chunk), last(chunk)]))(
    'seeds %d to %d',
    async (from, to) => {
      expect(complaints(await Promise.all(outcomes.slice(from - 1, to)))).toEqual([])
    },
  )
})

test('the same seed tells the same story, word for word', async () => {
  const again = await pool.run(7)
  expect(again.story.length).toBeGreaterThan(1_000)
  expect(again.story).toBe((await outcomes[6])?.story)
})
