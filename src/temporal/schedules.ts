/** A schedule as it is to be: it starts the workflow `scheduledBackup`, one at a time, and catches up what it missed in the last hour. */
export interface WantedSchedule {
  readonly cron: string
  readonly timeZone: string
  readonly suspend: boolean
  readonly input: object
  /** For people. */
  readonly summary: string
}

export interface FoundSchedule {
  /** Another one when anybody has changed when it acts, or what it does. Whether it is paused is left to people. */
  readonly digest: string
  readonly paused: boolean
  /** Epoch milliseconds; absent when it never acts. */
  readonly nextAt?: number
}

/**
 * The schedules that Temporal keeps. Every call is bounded in time and throws OperatorError: RequestRefused for what Temporal cannot
 * understand, else TemporalUnavailable.
 */
export interface Schedules {
  find(id: string): Promise<FoundSchedule | undefined>
  /** Makes a schedule, or makes it as it is to be. One that a person has paused stays paused. */
  put(id: string, wanted: WantedSchedule): Promise<FoundSchedule>
  /** Removes a schedule. One that is not there is removed already. */
  remove(id: string): Promise<void>
}
