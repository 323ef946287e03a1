/** A backup of a schedule, as far as it matters for how long it is kept. */
export interface Kept {
  readonly name: string
  readonly state: 'Good' | 'Verified' | 'Broken' | 'Failed' | 'UnderWay'
  /** Epoch milliseconds. */
  readonly finishedAt: number
}

/** How many good ones are kept, and how old they may become. Neither: all of them. */
export interface Retention {
  readonly count?: number
  readonly ageMs?: number
}

/** So many that failed are kept for people to read why. */
const FAILED_KEPT = 3

const newestFirst = (a: Kept, b: Kept): number => b.finishedAt - a.finishedAt || (a.name < b.name ? 1 : -1)
const isGood = ({ state }: Kept): boolean => state === 'Good' || state === 'Verified'

/**
 * The backups that are to be deleted, oldest first. The newest good one is never among them, nor the newest that was verified, nor
 * one that is under way; one that was found broken counts as failed.
 */
export const expired = (backups: readonly Kept[], { count, ageMs }: Retention, now: number): readonly string[] => {
  const sorted = backups.toSorted(newestFirst)
  const good = sorted.filter(isGood)
  const failed = sorted.filter(({ state }) => state === 'Failed' || state === 'Broken')
  const precious = new Set([good[0], good.find(({ state }) => state === 'Verified')])
  const isOld = ({ finishedAt }: Kept): boolean => ageMs !== undefined && now - finishedAt > ageMs
  const gone = [
    ...good.filter((backup, index) => (count !== undefined && index >= count) || isOld(backup)),
    ...failed.filter((backup, index) => index >= FAILED_KEPT || isOld(backup)),
  ].filter((backup) => !precious.has(backup))
  return gone
    .toSorted(newestFirst)
    .map(({ name }) => name)
    .reverse()
}

const UNITS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** Milliseconds of a length of time such as 36h, 30d or 8w. */
export const ageOf = (text: string): number => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]
