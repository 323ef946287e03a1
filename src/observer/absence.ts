import type { Clock } from '../clock.ts'

/** Since when the pod that takes the writes has been missed. */
export interface Absence {
  /** It is amiss: its connection was lost, or a view without it, or with another primary, was seen. True when that is news. */
  miss(pod: string): boolean
  /** It was seen to take writes. */
  see(pod: string): void
  /** Epoch milliseconds; undefined while it is not missed. */
  since(pod: string | undefined): number | undefined
}

/** Remembers the first sign of the loss of a primary until the contrary is seen: that it answers again is not enough. */
export const createAbsence = (clock: Clock): Absence => {
  let missed: { readonly pod: string; readonly since: number } | undefined
  return {
    miss(pod) {
      if (missed?.pod === pod) return false
      missed = { pod, since: clock.now() }
      return true
    },
    see(pod) {
      if (missed?.pod === pod) missed = undefined
    },
    since: (pod) => (missed?.pod === pod ? missed?.since : undefined),
  }
}
