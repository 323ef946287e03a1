import { createPool, type Outcome, PROCESSES } from '../run/pool.ts'
import { byRelevance } from '../run/scenario.ts'
import { plantTree } from './tree.ts'
import type { Mutant } from './types.ts'

export interface Baseline {
  isGood(seed: number): Promise<boolean>
  close(): void
}

/** Seeds that end badly without any mutant prove nothing. */
export const createBaseline = (): Baseline => {
  const pool = createPool(undefined, 1)
  const known = new Map<number, Promise<boolean>>()
  return {
    isGood(seed) {
      const answer = known.get(seed) ?? pool.run(seed).then(({ violations }) => violations.length === 0)
      known.set(seed, answer)
      return answer
    },
    close: pool.close,
  }
}

export interface Hunt {
  /** Seeds from 1 to this one. */
  readonly seeds: number
  /** The seed that noticed it last time, if it is known. */
  readonly first: number | undefined
  readonly baseline: Baseline
  /** How many of them are looked at, at most. */
  readonly longest: number
}

/**
 * A seed that ends badly with the mutant, and well without it. Those come first in which the rule matters most; only if none of
 * all notices does the mutant survive.
 */
export const firstBad = async (
  { edits, where }: Mutant,
  { seeds, first, baseline, longest }: Hunt,
): Promise<{ readonly caught?: Outcome; readonly tries: number }> => {
  const tree = plantTree(edits)
  const pool = createPool(tree.root)
  const order = byRelevance(seeds, where)
  const left = [...new Set([...order.filter((seed) => seed === first), ...order])].slice(0, longest)
  let tries = 0
  let caught: Outcome | undefined
  const look = async (): Promise<void> => {
    for (let seed = left.shift(); seed !== undefined && !caught; seed = left.shift()) {
      tries += 1
      const outcome = await pool.run(seed)
      const isBad = outcome.violations.length > 0
      if (isBad && !caught && (await baseline.isGood(seed))) caught = outcome
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, look))
  pool.close()
  tree.remove()
  return caught ? { caught, tries } : { tries }
}
