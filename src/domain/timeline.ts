import { TIMELINE_LENGTH } from '../../crds/mysqlcluster-names.ts'
import type { TimelineEntry } from '../../crds/mysqlcluster-status.ts'
import type { Outcome, Procedure } from './procedure.ts'

/**
 * The timeline with one more entry in front; the oldest ones fall off its end. The same failure again takes the place of
 * the one before, from when that began: what fails for hours must not push out all that happened else.
 */
export const withEntry = (timeline: readonly TimelineEntry[] = [], entry: TimelineEntry): TimelineEntry[] => {
  const [last, ...older] = timeline
  const isSame = last?.what === entry.what && last.subject === entry.subject && last.outcome === 'Failed'
  if (!last || !isSame || entry.outcome !== 'Failed') return [entry, ...timeline].slice(0, TIMELINE_LENGTH)
  const seconds = (Date.parse(entry.at) - Date.parse(last.at)) / 1000 + entry.seconds
  return [{ ...entry, at: last.at, seconds }, ...older]
}

/** What a procedure leaves in the timeline. `since` and `now`: epoch milliseconds. */
export const entryOf = (procedure: Procedure, outcome: Outcome, since: number, now: number): TimelineEntry => ({
  at: new Date(since).toISOString(),
  what: procedure.kind,
  ...(procedure.subject ? { subject: procedure.subject } : {}),
  why: procedure.why.slice(0, 1024),
  outcome: outcome.kind,
  message: outcome.message.slice(0, 2048),
  seconds: Math.max(0, Math.round(now - since) / 1000),
})
