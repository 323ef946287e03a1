import { tsToMs } from '@temporalio/common/lib/time.js'
import { beginning, type Command, type Job, type Run, type RunOptions, unpack } from '../../support/sandbox.ts'
import { type Activity, runActivity } from './activity.ts'
import { eventsOf, patchesIn, relive, type Task, textOf } from './history.ts'
import type { Service, TemporalWorker } from './types.ts'

const LATENCY_MS = [2, 20] as const
const TASK_MS = [1, 5] as const
/** Both the time-out of a workflow task and how long one waits for a worker that had the workflow in memory. */
const TASK_TIMEOUT_MS = 10_000

export type Closing =
  | { readonly kind: 'Completed'; readonly result: unknown }
  | { readonly kind: 'Failed' | 'Cancelled' | 'Terminated' }
  | { readonly kind: 'ContinuedAsNew'; readonly workflowType: string; readonly args: readonly unknown[] }

/** What the server does for a run, of what concerns other runs. */
export interface Surroundings {
  closed(execution: Execution, closing: Closing): void
  /** Whatever is neither an activity nor a timer: children, signals to others. */
  other(execution: Execution, command: Command): void
}

/** One run of a workflow. */
export interface Execution {
  readonly options: RunOptions
  readonly closed: boolean
  readonly tasks: readonly Task[]
  /** Events in the history. */
  readonly length: number
  /** Adds an event to the history; the workflow is told of it with its next task. */
  tell(job: Job): void
  /** Ends the run from outside. */
  terminate(): Promise<void>
  query<T>(name: string): Promise<T>
  /** Lives the history again in a new place, and throws when that says something else. */
  replay(): Promise<void>
  dispose(): Promise<void>
}

const closingOf = ({ continueAsNewWorkflowExecution: next, ...command }: Command): Closing | undefined => {
  if (next)
    return {
      kind: 'ContinuedAsNew',
      workflowType: next.workflowType ?? '',
      args: (next.arguments ?? []).map((one) => unpack(one)),
    }
  const completed = command.completeWorkflowExecution
  if (completed) return { kind: 'Completed', result: completed.result ? unpack(completed.result) : undefined }
  if (command.failWorkflowExecution) return { kind: 'Failed' }
  return command.cancelWorkflowExecution ? { kind: 'Cancelled' } : undefined
}

/** Core hands over signals before all else. */
const ordered = (jobs: readonly Job[]): Job[] => [
  ...jobs.filter((job) => job.initializeWorkflow),
  ...jobs.filter((job) => job.signalWorkflow),
  ...jobs.filter((job) => !job.initializeWorkflow && !job.signalWorkflow),
]

export const execute = (
  service: Service,
  surroundings: Surroundings,
  options: RunOptions,
  args: readonly unknown[],
): Execution => {
  const { time, random, story, sandbox, broken, seen, longHistory } = service.parts
  const name = options.workflowId
  const tasks: Task[] = []
  const activities = new Map<number, Activity>()
  const timers = new Map<number, () => void>()
  let pending: Job[] = [beginning(options, args)]
  let scheduled = false
  let underWay = false
  let closed = false
  let length = 1
  let run: Run | undefined
  let holder: TemporalWorker | undefined

  const drop = async (): Promise<void> => {
    const old = run
    run = undefined
    holder = undefined
    await old?.dispose()
  }

  const schedule = (ms: number): void => {
    if (scheduled || underWay || closed) return
    scheduled = true
    service.when(ms, () => service.withWorker(begin))
  }

  const close = (closing: Closing): void => {
    closed = true
    pending = []
    for (const activity of activities.values()) activity.forget()
    for (const cancel of timers.values()) cancel()
    surroundings.closed(execution, closing)
  }

  const take = (command: Command): void => {
    const { scheduleActivity, requestCancelActivity, startTimer, cancelTimer } = command
    const closing = closingOf(command)
    if (closing) close(closing)
    else if (scheduleActivity) {
      const seq = scheduleActivity.seq ?? 0
      const resolve: Parameters<typeof runActivity>[2] = (resolveActivity) => {
        activities.delete(seq)
        execution.tell({ resolveActivity })
      }
      activities.set(seq, runActivity(service, scheduleActivity, resolve))
    } else if (requestCancelActivity) activities.get(requestCancelActivity.seq ?? 0)?.requestCancel()
    else if (startTimer) {
      const seq = startTimer.seq ?? 0
      const fire = (): void => {
        timers.delete(seq)
        execution.tell({ fireTimer: { seq } })
      }
      const ms = tsToMs(startTimer.startToFireTimeout)
      const label = command.userMetadata?.summary ? unpack<string>(command.userMetadata.summary) : 'a timer'
      story.tell('workflow', `waits up to ${ms / 1000} s: ${label}`)
      timers.set(seq, service.when(ms, fire))
    } else if (cancelTimer) {
      timers.get(cancelTimer.seq ?? 0)?.()
      timers.delete(cancelTimer.seq ?? 0)
      pending = pending.filter(({ fireTimer }) => fireTimer?.seq !== cancelTimer.seq)
    } else surroundings.other(execution, command)
  }

  /** A run of the workflow that has lived all of its history, in the memory of some worker. */
  const relived = async (): Promise<Run> => {
    const again = await sandbox.open(options)
    try {
      await relive(again, tasks)
    } catch (error) {
      await again.dispose()
      throw error
    }
    return again
  }

  const begin = async (worker: TemporalWorker): Promise<void> => {
    if (closed) return
    if (holder && !holder.polls()) {
      await drop()
      // The task was meant for the worker that had the workflow in memory; any other one gets it only after a while.
      service.when(TASK_TIMEOUT_MS, () => service.withWorker(begin))
      return
    }
    scheduled = false
    underWay = true
    const by = holder ?? worker
    const jobs = ordered(pending)
    const at = time.now()
    pending = []
    const suggested = length > longHistory || service.faults.suggestsContinueAsNew()
    try {
      if (run && service.faults.evicts()) await drop()
      run ??= await relived()
      holder = by
      const { commands, flags } = await run.activate(at, jobs, {
        suggestContinueAsNew: suggested,
        historyLength: length,
      })
      const said = textOf(commands)
      seen('a command', said)
      const task: Task = { at, jobs, suggested, historyLength: length, flags, said, patches: patchesIn(commands) }
      service.when(random.between(...TASK_MS), () => finish(task, commands, by))
    } catch (error) {
      broken(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }

  const finish = async (task: Task, commands: readonly Command[], by: TemporalWorker): Promise<void> => {
    if (closed) return
    underWay = false
    const lost = !by.polls()
    // The server takes no end of a run while there is something that the run has not been told.
    const unheard = pending.length > 0 && commands.some(closingOf)
    if (lost || unheard) {
      story.tell('temporal', `${name}: workflow task ${lost ? 'lost with its worker' : 'refused, as there is news'}`)
      pending = [...task.jobs, ...pending]
      await drop()
      schedule(lost ? TASK_TIMEOUT_MS : random.between(...LATENCY_MS))
      return
    }
    tasks.push(task)
    length += eventsOf(task.jobs, commands)
    for (const command of commands) if (!closed) take(command)
    if (closed) await drop()
    else if (pending.length > 0) schedule(random.between(...LATENCY_MS))
  }

  const execution: Execution = {
    options,
    tasks,
    get closed() {
      return closed
    },
    get length() {
      return length
    },
    tell(job) {
      if (closed) return
      pending.push(job)
      schedule(random.between(...LATENCY_MS))
    },
    async terminate() {
      if (!closed) close({ kind: 'Terminated' })
      await drop()
    },
    async query<T>(queryType: string) {
      const asked = run ?? (await relived())
      const { commands } = await asked.activate(time.now(), [{ queryWorkflow: { queryId: 'query', queryType } }])
      if (asked !== run) await asked.dispose()
      return unpack<T>(commands[0]?.respondToQuery?.succeeded?.response)
    },
    async replay() {
      await (await relived()).dispose()
    },
    dispose: drop,
  }
  schedule(random.between(...LATENCY_MS))
  return execution
}
