import type { Clock } from '../clock.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'
import type { Tell } from '../temporal/notifier.ts'

const LOOK_MS = 30_000

export interface WorkflowLookOptions {
  readonly clock: Clock
  readonly clusters: () => readonly ClusterRef[]
  /** The ids of all workflows of clusters that run. */
  readonly running: () => Promise<ReadonlySet<string>>
  readonly tell: Tell
  readonly signal: AbortSignal
}

/**
 * Tells the workflow of a cluster that it should run when it does not: someone ended it, or Temporal lost its data. It is
 * told once until it was seen running, so that a list that is late, or always empty, keeps nobody busy.
 */
export const startWorkflowLook = ({ clock, clusters, running, tell, signal }: WorkflowLookOptions): void => {
  let told = new Set<string>()

  const look = async (): Promise<void> => {
    const found = await running()
    if (signal.aborted) return
    const missing = clusters().filter((ref) => !found.has(workflowId(ref)))
    for (const ref of missing) if (!told.has(workflowId(ref))) tell(ref, { why: 'its workflow was not running' })
    told = new Set(missing.map(workflowId))
  }

  let stop = (): void => undefined
  const next = (): void => {
    if (signal.aborted) return
    // While Temporal is away nothing is known about its workflows: the next look tells.
    stop = clock.after(LOOK_MS, () => void look().then(next, next))
  }
  next()
  signal.addEventListener('abort', () => stop(), { once: true })
}
