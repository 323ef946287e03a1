import { TIMELINE_LENGTH } from '../../crds/mysqlcluster-names.ts'
import type { MySQLClusterStatus, ProcedureKind, TimelineEntry } from '../../crds/mysqlcluster-status.ts'
import { digest } from './digest.ts'
import type { GroupRow } from './snapshot.ts'

/** A change of the pod that takes the writes, as the observer made the write Service follow it. */
export interface Move {
  /** Absent the first time that writes are led anywhere. */
  readonly from?: string
  readonly to: string
  /** `failover`: the old primary was lost. `handover`: it gave the role away while it lived. */
  readonly kind: 'failover' | 'handover'
  /** Epoch milliseconds: when the old primary was first missed, and when the write Service selected the new one. */
  readonly missed: number
  readonly moved: number
  /** The procedure that was on record meanwhile. */
  readonly during?: ProcedureKind
}

/** So many moves are kept on the write Service: the workflow may be away while more than one happens. */
const MOVES_LENGTH = 4

export const withMove = (moves: readonly Move[], move: Move): readonly Move[] => [move, ...moves].slice(0, MOVES_LENGTH)

/**
 * How the primary changed, by the view that shows the new one: a primary that hands over is still ONLINE in it, or its pod
 * was told to end and has left the group. Anything else is a loss.
 */
export const kindOfMove = (from: string, rows: readonly GroupRow[], isEnding: boolean): Move['kind'] =>
  isEnding || rows.some(({ pod, state }) => pod === from && state === 'ONLINE') ? 'handover' : 'failover'

/** Procedures that change the primary, and tell of it themselves. A primary that is lost during a switchover is lost all the same. */
const TELLING: Readonly<Record<Move['kind'], readonly ProcedureKind[]>> = {
  handover: ['switchover', 'failover', 'recoverOutage', 'restoreQuorum'],
  failover: ['failover', 'recoverOutage', 'restoreQuorum'],
}

const at = ({ missed }: Move): string => new Date(missed).toISOString()
const secondsOf = ({ missed, moved }: Move): number => Math.max(0, moved - missed) / 1000

/** True when a procedure of ours was at work as the move was made; its own clock may be another one. */
const isOurs = ({ kind, during, moved }: Move, { procedure, timeline = [] }: MySQLClusterStatus): boolean => {
  const telling = TELLING[kind]
  if (during && telling.includes(during)) return true
  if (procedure && telling.includes(procedure.kind) && Date.parse(procedure.since) <= moved) return true
  return timeline.some((entry) => {
    const since = Date.parse(entry.at)
    const isProcedure = telling.some((name) => name === entry.what) && !isNoteOfMove(entry)
    return isProcedure && since <= moved && moved <= since + entry.seconds * 1000
  })
}

const WHY: Readonly<Record<Move['kind'], string>> = {
  failover: 'the primary was lost, and the group elected another one',
  handover: 'the primary handed over',
}

/** A person may ask for a failover, too: that leaves an entry of the same name with another reason. */
const isNoteOfMove = ({ why }: TimelineEntry): boolean => Object.values(WHY).includes(why)

/** One that was noted, or is older than all that a full timeline still knows. */
const isNoted = (move: Move, timeline: readonly TimelineEntry[]): boolean =>
  timeline.some((entry) => entry.what === move.kind && entry.at === at(move) && entry.subject === move.to) ||
  (timeline.length >= TIMELINE_LENGTH && timeline.every((entry) => Date.parse(entry.at) > move.moved))

/** Changes of the primary that no procedure tells of and that the timeline does not have yet, oldest first. */
export const unnotedMoves = (moves: readonly Move[] = [], status: MySQLClusterStatus = {}): readonly Move[] =>
  moves
    .filter((move) => move.from !== undefined)
    .filter((move) => !isOurs(move, status) && !isNoted(move, status.timeline ?? []))
    .toSorted((a, b) => a.moved - b.moved)

/** What a move leaves in the timeline. */
export const entryOfMove = (move: Move): TimelineEntry => ({
  at: at(move),
  what: move.kind,
  subject: move.to,
  why: WHY[move.kind],
  outcome: 'Succeeded',
  message: `${move.to} is the primary now; before, ${move.from} was. Writes went to it after ${secondsOf(move)} s.`,
  seconds: secondsOf(move),
})

/** The event that a move deserves, and what tells it from others. */
export const eventOfMove = (move: Move) => ({
  text: {
    type: move.kind === 'failover' ? ('Warning' as const) : ('Normal' as const),
    reason: move.kind === 'failover' ? 'FailedOver' : 'HandedOver',
    action: 'Failover',
    note: `${entryOfMove(move).message} (${WHY[move.kind]})`,
  },
  occasion: digest([at(move), move.to]),
})
