import { ApplicationFailure, TimeoutFailure, TimeoutType } from '@temporalio/common'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { type Command, type Job, pack, packFailure, unpack } from '../../support/sandbox.ts'
import { textOf } from './history.ts'
import type { Service, TemporalWorker } from './types.ts'

type Scheduled = NonNullable<Command['scheduleActivity']>

/** How an activity ended, as the workflow is told. */
export type Resolution = NonNullable<Job['resolveActivity']>

export interface Activity {
  /** The workflow asks for an end. None of our activities listens, so that only the workflow's own wait is cut short. */
  requestCancel(): void
  /** The run is over: whatever the activity still does is not heard of. */
  forget(): void
}

const RETRY_STATE = { nonRetryable: 3, timeout: 4, maximumAttempts: 5, cancelled: 6 } as const
const WAIT_FOR_END = 1
const LATENCY_MS = [1, 15] as const
/** Too frequent to be told. */
const QUIET = ['gather', 'publish']

interface Limits {
  readonly startToClose: number
  readonly scheduleToClose: number
  readonly heartbeat: number
  readonly initial: number
  readonly coefficient: number
  readonly longest: number
  readonly attempts: number
  readonly nonRetryable: readonly string[]
}

const bounded = (duration: Scheduled['startToCloseTimeout']): number =>
  duration ? tsToMs(duration) : Number.POSITIVE_INFINITY

/** Source: Temporal's default retry policy (1 s, ×2, at most 100 times the first wait, without end). */
const limitsOf = ({ retryPolicy, ...command }: Scheduled): Limits => {
  const initial = retryPolicy?.initialInterval ? tsToMs(retryPolicy.initialInterval) : 1_000
  return {
    startToClose: bounded(command.startToCloseTimeout),
    scheduleToClose: bounded(command.scheduleToCloseTimeout),
    heartbeat: bounded(command.heartbeatTimeout),
    initial,
    coefficient: retryPolicy?.backoffCoefficient || 2,
    longest: retryPolicy?.maximumInterval ? tsToMs(retryPolicy.maximumInterval) : 100 * initial,
    attempts: retryPolicy?.maximumAttempts || Number.POSITIVE_INFINITY,
    nonRetryable: retryPolicy?.nonRetryableErrorTypes ?? [],
  }
}

const typeOf = (error: unknown): { type: string; final: boolean } =>
  error instanceof ApplicationFailure
    ? { type: error.type ?? 'Error', final: error.nonRetryable ?? false }
    : { type: error instanceof Error ? error.name : 'Error', final: false }

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** One activity from its schedule to its end: tries, time-outs, retries. A try that timed out may go on beside the next one. */
export const runActivity = (
  service: Service,
  command: Scheduled,
  resolve: (resolution: Resolution) => void,
): Activity => {
  const { time, random, story } = service.parts
  const limits = limitsOf(command)
  const seq = command.seq ?? 0
  const name = command.activityType ?? ''
  const args = (command.arguments ?? []).map((one) => unpack<unknown>(one))
  const what = `${name}${typeof args[1] === 'string' ? ` ${args[1]}` : ''}`
  const began = time.now()
  let attempt = 0
  let current: number | undefined
  let ended = false
  let cancelling = false
  let timers: (() => void)[] = []

  const disarm = (): void => {
    for (const cancel of timers.splice(0)) cancel()
    timers = []
  }
  const end = (result: NonNullable<Resolution['result']>): void => {
    if (ended) return
    ended = true
    disarm()
    service.parts.seen(`the result of ${name}`, textOf(result))
    resolve({ seq, result })
  }
  const failure = (cause: unknown, retryState: number) => ({
    failed: {
      failure: {
        message: 'Activity task failed',
        cause: { ...packFailure(cause), stackTrace: '' },
        activityFailureInfo: { activityId: command.activityId ?? '', activityType: { name }, retryState },
      },
    },
  })

  /** Why there is no other try; undefined when there is one. */
  const lastState = (error: unknown, next: number): number | undefined => {
    const { type, final } = typeOf(error)
    if (final || limits.nonRetryable.includes(type)) return RETRY_STATE.nonRetryable
    if (cancelling) return RETRY_STATE.cancelled
    if (attempt >= limits.attempts) return RETRY_STATE.maximumAttempts
    return next - began > limits.scheduleToClose ? RETRY_STATE.timeout : undefined
  }

  /** Ends a try that failed: with another one, or for good. */
  const failed = (error: unknown): void => {
    current = undefined
    disarm()
    const wait = Math.min(limits.longest, limits.initial * limits.coefficient ** (attempt - 1))
    const last = lastState(error, time.now() + wait)
    if (last === undefined) timers.push(service.when(wait, () => service.withWorker(begin)))
    else end(failure(error, last))
  }

  const timedOut = (kind: 'START_TO_CLOSE' | 'HEARTBEAT'): void => {
    story.tell('temporal', `${what} (try ${attempt}): time-out ${kind}`)
    failed(new TimeoutFailure(`activity ${kind} timeout`, undefined, TimeoutType[kind]))
  }

  const begin = (worker: TemporalWorker): void => {
    if (ended) return
    attempt += 1
    const mine = attempt
    current = mine
    const fate = service.faults.attempt(name, worker.process)
    if (!QUIET.includes(name)) story.tell('workflow', `${what}: begins${mine > 1 ? ` for the ${mine}. time` : ''}`)
    if (fate !== 'Runs') story.tell('temporal', `${what} (try ${mine}): ${fate}`)

    let stopBeat = (): void => undefined
    const beat = (): void => {
      stopBeat()
      if (Number.isFinite(limits.heartbeat) && current === mine)
        stopBeat = service.when(limits.heartbeat, () => current === mine && timedOut('HEARTBEAT'))
    }
    beat()
    timers.push(() => stopBeat())
    if (Number.isFinite(limits.startToClose))
      timers.push(service.when(limits.startToClose, () => current === mine && timedOut('START_TO_CLOSE')))

    /** A worker tries to tell the result until the server is there; one that died meanwhile does not. */
    const report = (tell: () => void): void => {
      if (fate === 'ResultLost') return
      service.present(() => {
        if (worker.process.alive() && current === mine && !ended) tell()
      })
    }
    if (fate === 'NeverBegins') return
    worker.begin({
      activity: name,
      args,
      attempt: mine,
      heartbeat: (progress) => {
        service.parts.seen(`the heartbeat of ${name}`, progress)
        if (!service.away && current === mine) beat()
      },
      done: (result) => report(() => end({ completed: { result: pack(result) } })),
      failed: (error) =>
        report(() => {
          story.tell('temporal', `${what} (try ${mine}) failed: ${messageOf(error)}`)
          failed(error)
        }),
    })
  }

  timers.push(service.when(random.between(...LATENCY_MS), () => service.withWorker(begin)))

  return {
    requestCancel() {
      cancelling = true
      if (command.cancellationType === WAIT_FOR_END && current !== undefined) return
      end({ cancelled: { failure: { message: 'Activity cancelled', canceledFailureInfo: {} } } })
    },
    forget() {
      ended = true
      disarm()
    },
  }
}
