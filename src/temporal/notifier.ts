import type { WorkflowSignalWithStartOptions } from '@temporalio/client'
import type { Logger } from 'pino'
import type { News } from '../../workflows/messages.ts'
import { type Clock, sleep, systemClock } from '../clock.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'

const GAP_MS = 100
const MAX_BACKOFF_MS = 10_000

/** What is used of Temporal's client: news is one signal with one piece of news. */
export interface TemporalClient {
  signalWithStart(
    workflowType: 'mysqlCluster',
    options: WorkflowSignalWithStartOptions<[News]> & { workflowId: string; args: [ClusterRef] },
  ): Promise<unknown>
}

/** Tells the workflow of a cluster that there is something to see, and starts it when it does not run. Never throws, never waits. */
export type Tell = (ref: ClusterRef, news: News) => void

const merge = (a: News | undefined, b: News): News => ({
  why: b.why,
  ...(a?.objects || b.objects ? { objects: true } : {}),
})

/**
 * Sends news by signalWithStart, one at a time for each cluster. News that comes while one is under way, or while Temporal
 * is away, becomes one message: it only says that there is something to see.
 * A workflow that completed is not started again: its cluster is gone, and the next of that name has another uid.
 */
export const createNotifier = (
  client: TemporalClient,
  taskQueue: string,
  log: Logger,
  clock: Clock = systemClock,
): Tell => {
  const waiting = new Map<string, News>()
  const busy = new Set<string>()

  const send = (ref: ClusterRef, news: News): Promise<unknown> =>
    client.signalWithStart('mysqlCluster', {
      workflowId: workflowId(ref),
      taskQueue,
      args: [ref],
      signal: 'lookAgain',
      signalArgs: [news],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `MySQLCluster ${ref.namespace}/${ref.name}`,
      staticDetails: [
        `Looks after the MySQLCluster **${ref.name}** in namespace **${ref.namespace}** (uid ${ref.uid}), as long as it exists.`,
        '',
        'It looks (gather), judges (diagnose), decides (plan) and takes one step, then looks again. Current Details tell its state.',
      ].join('\n'),
    })

  const drain = async (id: string, ref: ClusterRef): Promise<void> => {
    busy.add(id)
    let failures = 0
    for (let news = waiting.get(id); news; news = waiting.get(id)) {
      waiting.delete(id)
      try {
        await send(ref, news)
        failures = 0
        await sleep(clock, GAP_MS)
      } catch (err) {
        if (err instanceof Error && err.name === 'WorkflowExecutionAlreadyStartedError') continue
        waiting.set(id, merge(news, waiting.get(id) ?? news))
        failures += 1
        log.warn({ err, workflowId: id, failures }, 'Temporal not reached, trying again')
        await sleep(clock, Math.min(MAX_BACKOFF_MS, 200 * 2 ** failures))
      }
    }
    busy.delete(id)
  }

  return (ref, news) => {
    const id = workflowId(ref)
    waiting.set(id, merge(waiting.get(id), news))
    if (!busy.has(id)) void drain(id, ref)
  }
}
