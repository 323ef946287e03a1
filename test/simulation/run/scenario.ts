import { TROUBLES, type Trouble } from '../troubles/troubles.ts'
import { createRandom, type Random } from '../world/random.ts'

/** How often what goes wrong, while troubles last; all between 0 and 1. */
export interface Rates {
  /** Calls that get lost on their way, or whose answer does. */
  readonly lost: number
  /** Calls that the API server refuses. */
  readonly refused: number
  /** Calls that take up to seconds. */
  readonly slow: number
  /** Calls in whose midst the process that made them dies. */
  readonly deadly: number
  /** Tries of activities that never begin, and those whose result is lost. */
  readonly activity: number
  /** Signals that come twice, and those that never come. */
  readonly signal: number
  /** Workflow tasks that suggest to continue as new. */
  readonly anew: number
  /** Workflow tasks that come to a worker that must live the history again. */
  readonly evicted: number
}

export interface Scenario {
  readonly seed: number
  readonly size: 1 | 3 | 5
  readonly onDelete: 'Retain' | 'Delete'
  /** Whether the troubles wait until the cluster was Healthy for the first time. */
  readonly afterHealthy: boolean
  readonly troubles: readonly { readonly afterMs: number; readonly trouble: Trouble }[]
  /** How long faults of calls, activities and signals go on after the troubles began. */
  readonly lastsMs: number
  readonly rates: Rates
  readonly longHistory: number
}

const MINUTE = 60_000

const drawRates = (random: Random): Rates => {
  const one = (...choices: readonly number[]): number => random.pick(choices)
  return {
    lost: one(0, 0, 0.002, 0.01, 0.05),
    refused: one(0, 0, 0.002, 0.01, 0.05),
    slow: one(0, 0.01, 0.05),
    deadly: one(0, 0, 0.001, 0.004),
    activity: one(0, 0, 0.01, 0.05),
    signal: one(0, 0, 0.02, 0.2),
    anew: one(0, 0.02, 0.2),
    evicted: one(0, 0.02, 0.1),
  }
}

/** Troubles that end a cluster come last, or what follows would have nothing to trouble. */
const isEnd = (trouble: Trouble): boolean => trouble === 'Delete' || trouble === 'DeleteNamespace'

/** Those in which a wrong decision costs data: half of all. */
const GRAVE: readonly Trouble[] = [
  'CrashAll',
  'DeleteAllPods',
  'LastStanding',
  'Recreate',
  'RecreateSmaller',
  'SeedVanishes',
  'PausePrimary',
  'Isolate',
  'Partition',
  'WorkerPauses',
  'OperatorPauses',
]

const drawTrouble = (random: Random, withinMs: number) => {
  const trouble = random.chance(0.5) ? random.pick(GRAVE) : random.pick(TROUBLES)
  // It lies in wait for the next bootstrap, and the first one comes soon.
  return { trouble, afterMs: trouble === 'SeedVanishes' ? 0 : random.between(0, withinMs) }
}

/** Draws what happens to the cluster of a seed. */
export const drawScenario = (seed: number): Scenario => {
  const random = createRandom(seed).fork('scenario')
  const lastsMs = random.between(1, 5) * MINUTE
  // Some stories have their troubles all at once.
  const withinMs = random.chance(0.5) ? lastsMs : random.pick([5_000, 30_000, MINUTE])
  const drawn = Array.from({ length: random.between(0, 6) }, () => drawTrouble(random, withinMs))
  const ambush = drawn.some(({ trouble }) => trouble === 'SeedVanishes')
  const ends = drawn.filter(({ trouble }) => isEnd(trouble)).slice(0, 1)
  return {
    seed,
    size: random.pick([1, 3, 3, 3, 5]),
    onDelete: random.pick(['Retain', 'Retain', 'Delete']),
    afterHealthy: random.chance(ambush ? 0.2 : 0.7),
    troubles: [...drawn.filter(({ trouble }) => !isEnd(trouble)), ...ends].toSorted((a, b) => a.afterMs - b.afterMs),
    lastsMs: ambush ? Math.max(lastsMs, 4 * MINUTE) : lastsMs,
    rates: drawRates(random),
    longHistory: random.pick([150, 400, 4_096]),
  }
}
