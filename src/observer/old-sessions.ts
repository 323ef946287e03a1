import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'

/**
 * kube-proxy may take a second to follow the write Service (the least time between two syncs in its nftables mode): until
 * then clients that reconnect meet the old primary once more.
 */
const FOLLOW_MS = 1_500
const AGAIN_MS = 200
/** For so long a silent one is expected to answer again at any moment. */
const EXPECTED_MS = 10 * 60_000

/** The client sessions on pods that writes were moved away from. */
export interface OldSessions {
  /** Writes were moved away from a pod at `moved`, epoch milliseconds. */
  leave(pod: string, moved: number): void
  /** Writes go to this pod. */
  arrive(pod: string): void
  /** True while sessions of clients may still be there, and the move is not long ago. */
  expects(pod: string): boolean
  /** True until everybody's way leads elsewhere and the last of them was ended: whoever connects now is sent away again. */
  isLeaving(pod: string): boolean
  /** The member of a pod answers: its client sessions are ended now, unless that is done. */
  answered(pod: string): void
}

/**
 * Ends the sessions of clients on an old primary, so that they reconnect to the new one: at once where it answers, as soon
 * as it does where it is silent or paused, and again until everybody's way leads to the new one. Tells when nobody is ended
 * any more on a pod: from then on it may be led to again.
 */
export const createOldSessions = (
  clock: Clock,
  end: (pod: string) => Promise<number>,
  log: Pick<Logger, 'info'>,
  onDone: () => void,
): OldSessions => {
  const left = new Map<string, { readonly moved: number; notBefore: number }>()

  const age = (pod: string): number => clock.now() - (left.get(pod)?.moved ?? Number.NEGATIVE_INFINITY)

  const endOn = async (pod: string): Promise<void> => {
    const entry = left.get(pod)
    const begun = clock.now()
    if (!entry || begun < entry.notBefore) return
    // Nobody ends them twice at the same time.
    entry.notBefore = Number.POSITIVE_INFINITY
    try {
      const ended = await end(pod)
      if (ended > 0) log.info({ pod, ended }, 'client sessions ended on the old primary')
      if (begun - entry.moved >= FOLLOW_MS && left.get(pod) === entry) {
        left.delete(pod)
        onDone()
      }
    } catch {
      // It fell silent: they are ended once it answers again.
    }
    entry.notBefore = begun + AGAIN_MS
  }

  return {
    leave(pod, moved) {
      left.set(pod, { moved, notBefore: 0 })
    },
    arrive(pod) {
      left.delete(pod)
    },
    isLeaving: (pod) => left.has(pod),
    expects: (pod) => age(pod) < EXPECTED_MS,
    answered: (pod) => void endOn(pod),
  }
}
