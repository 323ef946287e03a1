import type { Client, Connection } from '@temporalio/client'
import type { TemporalClient } from './notifier.ts'
import type { StrayClient } from './strays.ts'

/** A server that takes a call and never answers it must not hold up what comes after. */
const CALL_MS = 10_000
const RUNNING = `WorkflowType = 'mysqlCluster' AND ExecutionStatus = 'Running'`

/** Temporal as the operator uses it: every call ends, with an answer or without. */
export interface OperatorClient extends TemporalClient, StrayClient {
  /** The ids of the workflows of clusters that run. What began or ended in the last seconds may be missing or left over. */
  running(): Promise<ReadonlySet<string>>
}

export const operatorClient = (connection: Connection, { workflow }: Client): OperatorClient => {
  const bounded = <T>(call: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + CALL_MS, call)
  return {
    signalWithStart: (type, options) => bounded(() => workflow.signalWithStart(type, options)),
    start: (type, options) => bounded(() => workflow.start(type, options)),
    running: () =>
      bounded(async () => {
        const ids = new Set<string>()
        for await (const { workflowId } of workflow.list({ query: RUNNING })) ids.add(workflowId)
        return ids
      }),
  }
}
