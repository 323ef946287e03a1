import type { Clock } from '../../src/clock.ts'

/** Time that passes only where it is waited for. */
export const jumping = (): Clock => {
  let now = Date.UTC(2026, 0, 1)
  return {
    now: () => now,
    after: (ms, work) => {
      now += ms
      queueMicrotask(work)
      return () => undefined
    },
  }
}
