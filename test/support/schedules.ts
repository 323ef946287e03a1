import { digest } from '../../src/domain/digest.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import type { FoundSchedule, Schedules, WantedSchedule } from '../../src/temporal/schedules.ts'

export interface KeptSchedules extends Schedules {
  readonly kept: Map<string, { wanted: WantedSchedule; paused: boolean; changed?: string }>
  /** When each of them acts next. */
  nextAt: number
}

/** Schedules that are kept in memory, and never act. */
export const keptSchedules = (nextAt = 0): KeptSchedules => {
  const kept: KeptSchedules['kept'] = new Map()
  const found = (id: string): FoundSchedule | undefined => {
    const one = kept.get(id)
    const { suspend: _, ...shown } = one?.wanted ?? { suspend: false }
    return (
      one && { digest: digest({ shown, changed: one.changed ?? '' }), paused: one.paused, nextAt: schedules.nextAt }
    )
  }
  const schedules: KeptSchedules = {
    kept,
    nextAt,
    find: async (id) => found(id),
    put: async (id, wanted) => {
      if (wanted.cron.startsWith('99')) throw new OperatorError('RequestRefused', `schedule ${id}: Invalid cron string`)
      kept.set(id, { wanted, paused: wanted.suspend || (kept.get(id)?.paused ?? false) })
      return found(id) as FoundSchedule
    },
    remove: async (id) => {
      kept.delete(id)
    },
  }
  return schedules
}
