import type { WorkflowSignalWithStartOptions } from '@temporalio/client'
import type { Logger } from 'pino'
import type { News } from '../../workflows/messages.ts'
import { type Clock, sleep, systemClock } from '../clock.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'

const GAP_MS = 100
/** Beyond this much news without a pause of QUIET_MS, the gap doubles with each piece, up to MAX_GAP_MS. */
const BURST = 100
const QUIET_MS = 5_000
const MAX_GAP_MS = 5_000
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
  ...(a?.operations || b.operations ? { operations: true } : {}),
})

/**
 * Sends news by signalWithStart, one at a time for each cluster. News that comes while one is under way, or while Temporal
 * is away, becomes one message: it only says that there is something to see. News that does not end comes ever more slowly:
 * each signal is kept in the history of its workflow, which may be held up and has a bound.
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
  const bursts = new Map<string, { readonly count: number; readonly at: number }>()

  /** Milliseconds to leave after a piece of news that was just sent. */
  const gapAfter = (id: string): number => {
    const last = bursts.get(id)
    for (const [other, { at }] of last ? [] : bursts) if (clock.now() - at > QUIET_MS + MAX_GAP_MS) bursts.delete(other)
    const count = last && clock.now() - last.at < QUIET_MS + MAX_GAP_MS ? last.count + 1 : 1
    bursts.set(id, { count, at: clock.now() })
    return Math.min(MAX_GAP_MS, GAP_MS * 2 ** Math.max(0, count - BURST))
  }

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
        await sleep(clock, gapAfter(id))
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
