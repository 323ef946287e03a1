import { AMBUSH_NAMES, FROM_THE_START } from '../troubles/ambushes.ts'
import { BACKUP_NAMES } from '../troubles/backups.ts'
import { CHANGE_NAMES } from '../troubles/changes.ts'
import { GATE_NAMES } from '../troubles/gates.ts'
import { GROWTH_NAMES } from '../troubles/growth.ts'
import { CAREFUL_NAMES, EXCLUSION_NAMES, TROUBLES, type Trouble } from '../troubles/troubles.ts'
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
  /** Whether the person makes a group of what has diverged, or gives up what nobody needs. */
  readonly asksForFailover: boolean
  /** Whether the cluster has a store. */
  readonly backups?: true
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

const NOTHING: Rates = { lost: 0, refused: 0, slow: 0, deadly: 0, activity: 0, signal: 0, anew: 0, evicted: 0 }

/** Troubles that end a cluster come last, or what follows would have nothing to trouble. */
const isEnd = (trouble: Trouble): boolean => trouble === 'Delete' || trouble === 'DeleteNamespace'

/** Those in which a wrong decision costs data: half of all. */
const GRAVE: readonly Trouble[] = [
  'CrashAll',
  'CrashMajority',
  'DeleteAllPods',
  'Errant',
  'Isolate',
  'OperatorPauses',
  'Partition',
  'PausePrimary',
  'PausedOutage',
  'PurgeAndLose',
  'Recreate',
  'RecreateSmaller',
  'WorkerPauses',
]

/** Every so-manieth story begins with an ambush, which is given the time and the size that it needs. Each has its turn. */
const AMBUSHED = 2
/** Of the others those that end in this digit begin with a change of what is declared. */
const CHANGED = 3
/** And those that end in one of these with an accident in which a gate matters. */
const GATED: readonly number[] = [7, 9]
/** Those that end in this one begin with an accident of a change instead. */
const CAREFUL = 8
/** In every so-manieth story the cluster has a store, and backups are made beside all else. */
const WITH_BACKUPS = 5
/** Of those without an ambush, every other begins with a restore. */
const isRestored = (seed: number): boolean => seed % 20 === 15
/** Half of the others begin with a backup beside a change. */
const isExcluding = (seed: number): boolean => seed % 40 === 5
const AMBUSH_MS = 4 * MINUTE
/** How often volumes grow in a story without an ambush. */
const GROWING = 0.25
/** How often nothing else goes wrong beside an ambush: where too much does, it never comes to it. */
const ALONE = 0.6
/** The same for those in which a gate matters. */
const ALONE_AT_GATES = 0.8

const drawTrouble = (random: Random, fromMs: number, withinMs: number) => ({
  trouble: random.chance(0.5) ? random.pick(GRAVE) : random.pick(TROUBLES),
  afterMs: fromMs + random.between(0, withinMs),
})

/** By a chance of its own: the other stories are what they were. */
const drawGrowth = (seed: number, withinMs: number) => {
  const random = createRandom(seed).fork('growth')
  return random.chance(GROWING) ? [{ trouble: random.pick(GROWTH_NAMES), afterMs: random.between(0, withinMs) }] : []
}

/** Accidents of changes are told without anything else: their order is delicate. */
const isAlone = (ambush: Trouble): boolean => CAREFUL_NAMES.includes(ambush) || EXCLUSION_NAMES.includes(ambush)

const drawRatesBeside = (random: Random, ambush: Trouble | undefined): Rates => {
  const drawn = drawRates(random)
  if (!ambush) return drawn
  if (isAlone(ambush)) return NOTHING
  return random.chance(GATE_NAMES.some((name) => name === ambush) ? ALONE_AT_GATES : ALONE) ? NOTHING : drawn
}

const ambushOf = (seed: number): Trouble | undefined => {
  if (seed % 10 === CAREFUL) return CAREFUL_NAMES[Math.floor(seed / 10) % CAREFUL_NAMES.length]
  if (isExcluding(seed)) return EXCLUSION_NAMES[Math.floor(seed / 40) % EXCLUSION_NAMES.length]
  if (seed % AMBUSHED === 0) return AMBUSH_NAMES[(seed / AMBUSHED) % AMBUSH_NAMES.length]
  const gated = GATED.indexOf(seed % 10)
  if (gated >= 0) return GATE_NAMES[(Math.floor(seed / 10) * GATED.length + gated) % GATE_NAMES.length]
  return seed % 10 === CHANGED ? CHANGE_NAMES[Math.floor(seed / 10) % CHANGE_NAMES.length] : undefined
}

/** Backups draw from a stream of their own: the other stories stay what they are. Each trouble of them has its turn. */
const drawBackups = (seed: number): Scenario['troubles'] => {
  if (seed % WITH_BACKUPS !== 0 || isExcluding(seed)) return []
  const random = createRandom(seed).fork('backups')
  const turn = Math.floor(seed / (seed % AMBUSHED === 0 ? 10 : 20))
  const inTurn = BACKUP_NAMES[turn % BACKUP_NAMES.length] ?? 'BackUp'
  const first = isRestored(seed) ? 'RestoreAnew' : inTurn
  const more = Array.from({ length: random.between(0, 2) }, () => ({
    trouble: random.pick(BACKUP_NAMES),
    afterMs: random.between(0, 2 * MINUTE),
  }))
  return [{ trouble: first, afterMs: random.pick([0, 0, 30_000]) }, ...more]
}

/** Draws what happens to the cluster of a seed. */
export const drawScenario = (seed: number): Scenario => {
  const random = createRandom(seed).fork('scenario')
  const ambush = ambushOf(seed)
  const lastsMs = random.between(1, 5) * MINUTE
  // Some stories have their troubles all at once.
  const withinMs = random.chance(0.5) ? lastsMs : random.pick([5_000, 30_000, MINUTE])
  const fromMs = ambush ? random.pick([0, 0, MINUTE]) : isRestored(seed) ? MINUTE : 0
  const beside = ambush ? random.pick([0, 0, 1, 2]) : random.between(0, 6)
  const count = ambush && isAlone(ambush) ? 0 : beside
  const drawn = Array.from({ length: count }, () => drawTrouble(random, fromMs, withinMs))
  const grows = ambush ? [] : drawGrowth(seed, withinMs)
  const ends = drawn.filter(({ trouble }) => isEnd(trouble)).slice(0, 1)
  const backups = drawBackups(seed)
  const troubles = [...drawn.filter(({ trouble }) => !isEnd(trouble)), ...grows, ...backups, ...ends].toSorted(
    (a, b) => a.afterMs - b.afterMs,
  )
  const isFirst = FROM_THE_START.some((trouble) => trouble === ambush)
  return {
    seed,
    size: random.pick(ambush ? [3, 3, 3, 5] : [1, 3, 3, 3, 5]),
    onDelete:
      ambush === 'Deletion' || ambush === 'ScaleInErrant' ? 'Delete' : random.pick(['Retain', 'Retain', 'Delete']),
    afterHealthy: ambush ? !isFirst : random.chance(0.7) || isRestored(seed),
    troubles: [...(ambush ? [{ trouble: ambush, afterMs: 0 }] : []), ...troubles],
    lastsMs: ambush || backups.length > 0 ? Math.max(lastsMs, AMBUSH_MS) : lastsMs,
    rates: drawRatesBeside(random, ambush),
    longHistory: random.pick([150, 400, 4_096]),
    asksForFailover: random.chance(0.6),
    ...(seed % WITH_BACKUPS === 0 ? { backups: true } : {}),
  }
}

/** The seeds from 1 to `last`, those first whose story begins with one of these troubles, then those that have one at all. */
export const byRelevance = (last: number, troubles: readonly Trouble[]): readonly number[] => {
  const rank = (seed: number): number => {
    const drawn = drawScenario(seed).troubles.map(({ trouble }) => trouble)
    const first = drawn.findIndex((trouble) => troubles.includes(trouble))
    return first === -1 ? Number.POSITIVE_INFINITY : first
  }
  const ranked = Array.from({ length: last }, (_, index) => ({ seed: index + 1, rank: rank(index + 1) }))
  return ranked.toSorted((a, b) => (a.rank === b.rank ? a.seed - b.seed : a.rank - b.rank)).map(({ seed }) => seed)
}
