import type { Clock } from '../../../src/clock.ts'
import type { Random } from '../world/random.ts'
import { StatusError } from './status-error.ts'

export interface Workqueue {
  /** Looks at `key` after the controller's delay, once, however often it is added meanwhile. */
  add(key: string): void
  /** Looks at `key` again after `ms`, whatever else happens. */
  addAfter(key: string, ms: number): void
}

export interface Delay {
  readonly from: number
  readonly to: number
}

/** A controller's queue: it works level-triggered, with a delay of its own, and tries again what was refused. */
export const createWorkqueue = (
  clock: Clock,
  random: Random,
  delay: Delay,
  mayWork: () => boolean,
  work: (key: string) => void,
): Workqueue => {
  const waiting = new Set<string>()
  const STANDING_STILL_MS = 1_000
  const REFUSED_MS = 1_000

  const run = (key: string): void => {
    if (!mayWork()) {
      clock.after(STANDING_STILL_MS, () => run(key))
      return
    }
    waiting.delete(key)
    try {
      work(key)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      queue.addAfter(key, REFUSED_MS)
    }
  }
  const queue: Workqueue = {
    add(key) {
      if (waiting.has(key)) return
      waiting.add(key)
      clock.after(random.between(delay.from, delay.to), () => run(key))
    },
    addAfter(key, ms) {
      clock.after(ms, () => queue.add(key))
    },
  }
  return queue
}
