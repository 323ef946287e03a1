import type { Clock } from '../clock.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'
import type { Tell } from '../temporal/notifier.ts'

/** Secrets are not watched, as that would take the right to read all of them. They are read by name at this interval. */
const LOOK_MS = 10_000
/** One cluster after the other, spread over the interval. It grows with many, so that the API server is not asked more than 30 times a second. */
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
  /** What was found, the cluster that was looked at longest ago first. */
  const known = new Map<string, string>()

  const longestUnseen = (): ClusterRef | undefined => {
    const here = new Map(clusters().map((ref) => [workflowId(ref), ref]))
    for (const id of known.keys()) if (!here.has(id)) known.delete(id)
    const unseen = [...here.keys()].find((id) => !known.has(id)) ?? known.keys().next().value
    return unseen === undefined ? undefined : here.get(unseen)
  }

  const lookAtOne = async (): Promise<void> => {
    const ref = longestUnseen()
    if (!ref) return
    const id = workflowId(ref)
    const before = known.get(id) ?? ''
    // Whatever keeps us from looking says nothing about the Secrets: the next time tells.
    const now = await look(ref).catch(() => before)
    if (signal.aborted) return
    known.delete(id)
    known.set(id, now)
    if (now !== before) tell(ref, { why: now || 'its Secrets are whole again', objects: true })
  }

  let stop = (): void => undefined
  const next = (): void => {
    if (signal.aborted) return
    const pause = Math.max(EACH_MS, LOOK_MS / Math.max(1, clusters().length))
    stop = clock.after(pause, () => void lookAtOne().then(next, next))
  }
  next()
  signal.addEventListener('abort', () => stop(), { once: true })
}
