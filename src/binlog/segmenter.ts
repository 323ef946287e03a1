import { type GtidSet, union } from '../domain/gtid.ts'
import { broken } from './bytes.ts'
import type { BinlogEvent } from './event.ts'
import type { GtidEvent } from './gtid-event.ts'
import { HEADER_BYTES } from './header.ts'
import {
  addTransaction,
  beginSegment,
  closed,
  type FormatEvent,
  named,
  type OpenSegment,
  type Segment,
} from './segment.ts'
import { type Place, stepOf } from './transaction.ts'

export interface SegmentLimits {
  /** A segment is closed by the transaction that fills it: it is larger than this by at most one. */
  readonly maxBytes: number
  /** Since its first transaction came. */
  readonly maxAgeMs: number
}

/** Makes segments of a stream. A transaction is in one segment or in none; one that has not ended is in none. */
export interface Segmenter {
  /** Takes the next event. `now`: milliseconds of any clock that does not go back. Throws BinlogBroken at what would lose or cut a transaction. */
  take(event: BinlogEvent, now: number): Segment | undefined
  /** The segment that is due by its age, if one is. */
  due(now: number): Segment | undefined
  /** What has come and is whole. */
  close(): Segment | undefined
}

interface OpenTransaction {
  readonly gtid: GtidEvent
  readonly events: Buffer[]
  place: Place
}

/** Whether segments of the two formats may be one file: what differs is when and at which start of the server they were written. */
const alike = (a: FormatEvent, b: FormatEvent): boolean => {
  const meaning = ({ bytes }: FormatEvent): Buffer => {
    const from = HEADER_BYTES
    // Version and name of the server; then, after the time of its start, lengths of headers and the algorithm.
    return Buffer.concat([bytes.subarray(from, from + 52), bytes.subarray(from + 56, -4)])
  }
  return a.checksum === b.checksum && meaning(a).equals(meaning(b))
}

/** `before`: the transactions that the archive has already, and the stream was asked to leave out. */
export const createSegmenter = (before: GtidSet, limits: SegmentLimits): Segmenter => {
  let known = before
  let format: FormatEvent | undefined
  let segment: OpenSegment | undefined
  let transaction: OpenTransaction | undefined

  const close = (): Segment | undefined => {
    if (!segment) return undefined
    const done = closed(segment)
    known = union(known, done.gtids)
    segment = undefined
    return done
  }

  const finish = ({ gtid, events }: OpenTransaction, now: number): Segment | undefined => {
    if (!format) throw broken(`${named(gtid)} came before any format description`)
    transaction = undefined
    segment = addTransaction(segment ?? beginSegment(format, known, now), { gtid, events })
    return segment.bytes >= limits.maxBytes ? close() : undefined
  }

  const within = (open: OpenTransaction, event: BinlogEvent, now: number): Segment | undefined => {
    const step = stepOf(open.place, event)
    if (step === 'kept-out') return undefined
    if (step === 'impossible') throw broken(`an event of type ${event.header.type} within ${named(open.gtid)}`)
    open.events.push(event.bytes)
    if (step === 'ended') return finish(open, now)
    open.place = step
    return undefined
  }

  const between = (event: BinlogEvent): Segment | undefined => {
    switch (event.kind) {
      case 'gtid':
        transaction = { gtid: event.gtid, events: [event.bytes], place: 'begun' }
        return undefined
      case 'format': {
        const done = format && !alike(format, event) ? close() : undefined
        format = event
        return done
      }
      case 'rotate':
      case 'previous':
      case 'heartbeat':
      case 'stop':
        return undefined
      default:
        throw broken(`an event of type ${event.header.type} that is of no transaction with a GTID`)
    }
  }

  return {
    take: (event, now) => (transaction ? within(transaction, event, now) : between(event)),
    due: (now) => (segment && now - segment.since >= limits.maxAgeMs ? close() : undefined),
    close,
  }
}
