/** Time, as whatever waits may use it: the simulation puts a clock of its own in its place. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Runs `work` once, `ms` milliseconds from now. The function that it returns takes that back. */
  after(ms: number, work: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves `ms` milliseconds from now. */
export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
