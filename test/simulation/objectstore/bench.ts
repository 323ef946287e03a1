import { calm, createNetwork, type Fates } from '../world/network.ts'
import { createRandom, type Random } from '../world/random.ts'
import { createStory } from '../world/story.ts'
import { createTime } from '../world/time.ts'
import { createStore, type REFUSALS } from './store.ts'

const START = Date.UTC(2026, 0, 1)
const PATIENCE_MS = 30_000

/** A store whose calls are lost before or after their effect, or not answered, each with the given chance. */
export const troubled =
  (random: Random, chance: number, codes: readonly (typeof REFUSALS)[number][] = ['StoreUnreachable']): Fates =>
  (caller, receiver, what) => {
    if (!random.chance(chance)) return calm(random)(caller, receiver, what)
    const kind = random.pick(['LostThere', 'LostBack', 'Refused'] as const)
    if (kind === 'Refused') return { kind, thereMs: 1, code: random.pick(codes) }
    return { kind, thereMs: random.between(1, PATIENCE_MS), afterMs: PATIENCE_MS }
  }

/** A simulated store with a clock of its own, which goes on for as long as anything is waited for. */
export const createBench = (seed: number | string) => {
  const random = createRandom(seed)
  const time = createTime(START)
  const story = createStory(time)
  const network = createNetwork(time, story, calm(random.fork('calm')))
  const store = createStore(network)
  const process = { name: 'agent', alive: () => true }
  /** Lets time pass until `work` has ended. */
  const pass = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false
    const end = (): void => {
      ended = true
    }
    work.then(end, end)
    while (!ended) await time.runUntil(time.now() + 100)
    return work
  }
  return { ...{ random, time, story, network, store, pass }, open: () => store.open(process) }
}
