import type { Kept } from './retention.ts'

/** A schedule of backups, and when the next one is due of which there is none yet. */
export interface ScheduleView {
  readonly name: string
  readonly suspended: boolean
  /** Epoch milliseconds. */
  readonly dueAt?: number
  /** A person has paused it where it is carried out. */
  readonly paused?: boolean
  /** Why it could not be set up. */
  readonly refused?: string
}

export interface ScheduledBackup extends Kept {
  readonly schedule?: string
  /** Epoch milliseconds. */
  readonly startedAt: number
}

export interface BackupHealth {
  readonly status: 'True' | 'False'
  readonly reason: 'BackedUp' | 'ScheduleRefused' | 'BackupFailed' | 'BackupBroken' | 'BackupOverdue'
  readonly message: string
}

/** So long after it is due a backup may still begin: the time for which a missed one is caught up, too. */
export const LATE_MS = 60 * 60_000
/** Clocks may differ by so much. */
const SKEW_MS = 60_000

const isGood = ({ state }: Kept): boolean => state === 'Good' || state === 'Verified'

/** True when there is a good backup of a schedule that is not older than what was due. */
export const isMet = (schedule: string, dueAt: number, backups: readonly ScheduledBackup[]): boolean =>
  backups.some((backup) => backup.schedule === schedule && isGood(backup) && backup.startedAt >= dueAt - SKEW_MS)

/** Why the backups of a schedule are not as declared; undefined when they are. */
const troubleOf = (schedule: ScheduleView, all: readonly ScheduledBackup[], now: number): BackupHealth | undefined => {
  const { name, suspended, refused, paused, dueAt } = schedule
  if (refused) return { status: 'False', reason: 'ScheduleRefused', message: `schedule ${name}: ${refused}` }
  const ended = all
    .filter((backup) => backup.schedule === name && backup.state !== 'UnderWay')
    .toSorted((a, b) => b.finishedAt - a.finishedAt)
  const [last] = ended
  if (last?.state === 'Broken')
    return {
      status: 'False',
      reason: 'BackupBroken',
      message: `schedule ${name}: MySQLBackup ${last.name} was found broken`,
    }
  if (last?.state === 'Failed')
    return { status: 'False', reason: 'BackupFailed', message: `schedule ${name}: MySQLBackup ${last.name} has failed` }
  if (suspended || dueAt === undefined || now < dueAt + LATE_MS || isMet(name, dueAt, all)) return undefined
  const why = paused ? ': the schedule is paused in Temporal' : ''
  const since = new Date(dueAt).toISOString()
  return {
    status: 'False',
    reason: 'BackupOverdue',
    message: `schedule ${name}: there is no good backup since ${since}, when one was due${why}`,
  }
}

/** Whether all backups are made that are declared. The same facts give the same words. */
export const judgeBackups = (
  schedules: readonly ScheduleView[],
  backups: readonly ScheduledBackup[],
  now: number,
): BackupHealth => {
  const [trouble] = schedules.flatMap((schedule) => troubleOf(schedule, backups, now) ?? [])
  return (
    trouble ?? {
      status: 'True',
      reason: 'BackedUp',
      message: 'The last backup of every schedule is good, and none is overdue.',
    }
  )
}
