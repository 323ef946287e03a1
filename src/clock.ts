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

/** Resolves `ms` milliseconds from now, or as soon as `signal` aborts. */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const wake = (): void => {
      cancel()
      resolve()
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', wake)
      resolve()
    })
    signal?.addEventListener('abort', wake, { once: true })
  })
