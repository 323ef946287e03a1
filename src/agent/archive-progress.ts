import { contains, type GtidSet } from '../domain/gtid.ts'

/** What is known of how far an archive is. */
export interface ArchiveProgress {
  /** At this time, epoch milliseconds, the group had executed so much. */
  saw(executed: GtidSet, at: number): void
  /** The archive holds so much, or has told that nobody has it. */
  holds(known: GtidSet): void
  /** Everything that the group had executed at this time is in the archive; undefined while that is not known of any time. */
  readonly through: number | undefined
}

/** Looks that wait for the archive to hold what they saw. When there are more, every other one is forgotten. */
const MOST_WAITING = 512

export const createArchiveProgress = (): ArchiveProgress => {
  let waiting: { readonly executed: GtidSet; readonly at: number }[] = []
  let held: GtidSet = new Map()
  let through: number | undefined
  const settle = (): void => {
    const reached = waiting.findLastIndex(({ executed }) => contains(held, executed))
    if (reached < 0) return
    through = waiting[reached]?.at
    waiting = waiting.slice(reached + 1)
  }
  return {
    get through() {
      return through
    },
    saw(executed, at) {
      waiting.push({ executed, at })
      if (waiting.length > MOST_WAITING) waiting = waiting.filter((_, index) => index % 2 === 1)
      settle()
    },
    holds(known) {
      held = known
      settle()
    },
  }
}
