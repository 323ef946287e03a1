import type { WorkflowStartOptions } from '@temporalio/client'
import type { Logger } from 'pino'
import { type Clock, sleep, systemClock } from '../clock.ts'
import { discardId, type ObjectRef, strayId } from '../domain/names.ts'

const MAX_BACKOFF_MS = 10_000

/** The workflows that look after an object without a cluster: what they are called, and why they are there. */
const ERRANDS = {
  strayOperation: {
    idOf: strayId,
    why: ({ namespace, name }: ObjectRef) => `MySQLOperation ${namespace}/${name}: there is no such cluster`,
  },
  discardBackup: {
    idOf: discardId,
    why: ({ namespace, name }: ObjectRef) => `MySQLBackup ${namespace}/${name}: it was deleted`,
  },
} as const
type Errand = keyof typeof ERRANDS

/** What is used of Temporal's client to have a workflow look after an object. */
export interface StrayClient {
  start(
    workflowType: Errand,
    options: WorkflowStartOptions & { workflowId: string; args: [ObjectRef] },
  ): Promise<unknown>
}

/** Has somebody look after a MySQLOperation whose cluster is not there, or a MySQLBackup that was deleted. Never throws, never waits. */
export type TellStray = (object: ObjectRef) => void

/** Starts a workflow of its own for each, once as long as it runs; tries again while Temporal is away. */
export const createStrays = (
  client: StrayClient,
  taskQueue: string,
  log: Logger,
  clock: Clock = systemClock,
  errand: Errand = 'strayOperation',
): TellStray => {
  const busy = new Set<string>()

  const { idOf, why } = ERRANDS[errand]
  const start = async (object: ObjectRef): Promise<void> => {
    const workflowId = idOf(object)
    if (busy.has(workflowId)) return
    busy.add(workflowId)
    for (let failures = 0; ; ) {
      try {
        await client.start(errand, {
          workflowId,
          taskQueue,
          args: [object],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: why(object),
        })
        break
      } catch (err) {
        if (err instanceof Error && err.name === 'WorkflowExecutionAlreadyStartedError') break
        failures += 1
        log.warn({ err, workflowId, failures }, 'Temporal not reached, trying again')
        await sleep(clock, Math.min(MAX_BACKOFF_MS, 200 * 2 ** failures))
      }
    }
    busy.delete(workflowId)
  }

  return (object) => void start(object)
}
