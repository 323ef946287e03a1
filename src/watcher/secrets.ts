import type { Clock } from '../clock.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'
import type { Tell } from '../temporal/notifier.ts'

/** Secrets are not watched, as that would take the right to read all of them. They are read by name at this interval. */
const LOOK_MS = 10_000
/** With many clusters the interval grows, so that the API server is not asked more than 30 times a second. */
const EACH_MS = 100

export interface SecretLookOptions {
  readonly clock: Clock
  readonly clusters: () => readonly ClusterRef[]
  /** What is amiss with the Secrets of a cluster, the same text for the same thing; nothing when they are whole. */
  readonly look: (ref: ClusterRef) => Promise<string>
  readonly tell: Tell
  readonly signal: AbortSignal
}

/** Tells the workflow of a cluster when its Secrets come to lack something, and when they are whole again. */
export const startSecretLook = ({ clock, clusters, look, tell, signal }: SecretLookOptions): void => {
  let known = new Map<string, string>()

  const pass = async (): Promise<void> => {
    const found = new Map<string, string>()
    for (const ref of clusters()) {
      if (signal.aborted) return
      const id = workflowId(ref)
      const before = known.get(id) ?? ''
      // Whatever keeps us from looking says nothing about the Secrets: the next pass looks again.
      const now = await look(ref).catch(() => before)
      found.set(id, now)
      if (now !== before) tell(ref, { why: now || 'its Secrets are whole again', objects: true })
    }
    known = found
  }

  let stop = (): void => undefined
  const next = (): void => {
    if (signal.aborted) return
    stop = clock.after(Math.max(LOOK_MS, clusters().length * EACH_MS), () => {
      void pass().then(next, next)
    })
  }
  next()
  signal.addEventListener('abort', () => stop(), { once: true })
}
