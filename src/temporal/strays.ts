import type { WorkflowStartOptions } from '@temporalio/client'
import type { Logger } from 'pino'
import { type Clock, sleep, systemClock } from '../clock.ts'
import { type ObjectRef, strayId } from '../domain/names.ts'

const MAX_BACKOFF_MS = 10_000

/** What is used of Temporal's client to have a workflow look after a MySQLOperation. */
export interface StrayClient {
  start(
    workflowType: 'strayOperation',
    options: WorkflowStartOptions & { workflowId: string; args: [ObjectRef] },
  ): Promise<unknown>
}

/** Has somebody look after a MySQLOperation whose cluster is not there. Never throws, never waits. */
export type TellStray = (operation: ObjectRef) => void

/** Starts a workflow of its own for each, once as long as it runs; tries again while Temporal is away. */
export const createStrays = (
  client: StrayClient,
  taskQueue: string,
  log: Logger,
  clock: Clock = systemClock,
): TellStray => {
  const busy = new Set<string>()

  const start = async (operation: ObjectRef): Promise<void> => {
    const workflowId = strayId(operation)
    if (busy.has(workflowId)) return
    busy.add(workflowId)
    for (let failures = 0; ; ) {
      try {
        await client.start('strayOperation', {
          workflowId,
          taskQueue,
          args: [operation],
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `MySQLOperation ${operation.namespace}/${operation.name}: there is no such cluster`,
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

  return (operation) => void start(operation)
}
