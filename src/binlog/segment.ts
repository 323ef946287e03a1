import { formatGtidSet, type GtidSet, union } from '../domain/gtid.ts'
import type { BinlogEvent } from './event.ts'
import { encodeGtidSet } from './gtid-encoding.ts'
import type { GtidEvent } from './gtid-event.ts'
import { type Checksum, EVENT, MAGIC, writeEvent } from './header.ts'

/** A binary log of whole transactions that can be read by itself. */
export interface Segment {
  /** The file, in pieces. */
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  /** The transactions in it. */
  readonly gtids: GtidSet
  /** The first and the last commit on the first server, in microseconds since 1970. Undefined when no event says. */
  readonly firstCommit: number | undefined
  readonly lastCommit: number | undefined
  /** Of transactions: without what a file begins with. */
  readonly events: number
  readonly transactions: number
}

/** A transaction whose last event has come. */
export interface Transaction {
  readonly gtid: GtidEvent
  readonly events: readonly Buffer[]
}

export type FormatEvent = Extract<BinlogEvent, { readonly kind: 'format' }>

/** A segment that still grows. */
export interface OpenSegment extends Segment {
  readonly checksum: Checksum
  /** When its first transaction came, in milliseconds. */
  readonly since: number
}

const sum = (pieces: readonly Buffer[]): number => pieces.reduce((all, { length }) => all + length, 0)

/** What a segment begins with: the magic bytes, the server's format description, and the GTIDs that came before. */
export const beginSegment = (format: FormatEvent, before: GtidSet, since: number): OpenSegment => {
  const { serverId, timestamp } = format.header
  const at = MAGIC.length + format.bytes.length
  const type = EVENT.previousGtids
  const previous = writeEvent({ type, serverId, timestamp }, encodeGtidSet(before), format.checksum, at)
  const pieces = [MAGIC, format.bytes, previous]
  const none = { firstCommit: undefined, lastCommit: undefined, events: 0, transactions: 0 }
  return { ...none, pieces, bytes: sum(pieces), gtids: new Map(), checksum: format.checksum, since }
}

/** The set of one transaction. */
export const setOf = ({ source, number }: GtidEvent): GtidSet => new Map([[source, [[number, number + 1]]]])

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
const greatest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)

/** The segment with one more transaction. Commits are compared, as their order in a log is not that of their times. */
export const addTransaction = (segment: OpenSegment, { gtid, events }: Transaction): OpenSegment => {
  // Appended in place: a segment has thousands of pieces, and nobody else holds it while it is open.
  const pieces = segment.pieces as Buffer[]
  for (const event of events) pieces.push(event)
  return {
    ...segment,
    pieces,
    bytes: segment.bytes + sum(events),
    gtids: union(segment.gtids, setOf(gtid)),
    firstCommit: least(segment.firstCommit, gtid.originalCommit),
    lastCommit: greatest(segment.lastCommit, gtid.originalCommit),
    events: segment.events + events.length,
    transactions: segment.transactions + 1,
  }
}

/** The segment as it is kept. */
export const closed = ({ checksum: _, since: __, ...segment }: OpenSegment): Segment => segment

/** How a GTID is told of in an error. */
export const named = (gtid: GtidEvent): string => formatGtidSet(setOf(gtid))
