import {
  type ConnectionLike,
  type ScheduleClient,
  type ScheduleDescription,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client'
import { digest } from '../domain/digest.ts'
import { OperatorError } from '../domain/errors.ts'
import type { FoundSchedule, Schedules, WantedSchedule } from './schedules.ts'

const CALL_MS = 10_000
/** By this note a schedule is known to be paused as it is declared, and not by a person. */
const SUSPENDED = 'suspended in spec.backup.schedules'
const INVALID_ARGUMENT = 3

const foundOf = ({ spec, policies, action, state, info }: ScheduleDescription): FoundSchedule => {
  const { workflowType, args, taskQueue } = action
  const nextAt = info.nextActionTimes[0]?.getTime()
  const plain: unknown = JSON.parse(JSON.stringify({ spec, policies, action: { workflowType, args, taskQueue } }))
  return { digest: digest(plain), paused: state.paused, ...(nextAt === undefined ? {} : { nextAt }) }
}

const failure = (id: string, error: unknown): OperatorError => {
  const { message = '', cause } = error as {
    readonly message?: string
    readonly cause?: { code?: number; details?: string; message?: string }
  }
  const detail = `schedule ${id}: ${cause?.details || cause?.message || message}`
  return new OperatorError(cause?.code === INVALID_ARGUMENT ? 'RequestRefused' : 'TemporalUnavailable', detail)
}

/** The schedules of a namespace of Temporal, whose action the workers of `taskQueue` take. */
export const scheduleClient = (client: ScheduleClient, connection: ConnectionLike, taskQueue: string): Schedules => {
  const bounded = async <T>(id: string, call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await connection.withDeadline(Date.now() + CALL_MS, call)
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined
      throw failure(id, error)
    }
  }
  const partsOf = (id: string, { cron, timeZone, input, summary }: WantedSchedule) => ({
    spec: { cronExpressions: [cron], timezone: timeZone },
    action: {
      type: 'startWorkflow' as const,
      workflowType: 'scheduledBackup',
      workflowId: id,
      taskQueue,
      args: [input],
      staticSummary: summary,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' as const, pauseOnFailure: false },
  })
  const find: Schedules['find'] = async (id) => {
    const description = await bounded(id, () => client.getHandle(id).describe())
    return description && foundOf(description)
  }

  return {
    find,
    async put(id, wanted) {
      const parts = partsOf(id, wanted)
      const suspended = { paused: true, note: SUSPENDED }
      const updated = await bounded(id, async () => {
        await client.getHandle(id).update(({ state }) => {
          const isByPerson = state.paused && state.note !== SUSPENDED
          return { ...parts, state: wanted.suspend ? suspended : isByPerson ? state : { paused: false } }
        })
        return true
      })
      if (!updated)
        await bounded(id, () =>
          client.create({ scheduleId: id, ...parts, ...(wanted.suspend ? { state: suspended } : {}) }),
        )
      const found = await find(id)
      if (!found) throw new OperatorError('TemporalUnavailable', `schedule ${id} is not there after it was made`)
      return found
    },
    async remove(id) {
      await bounded(id, () => client.getHandle(id).delete())
    },
  }
}
