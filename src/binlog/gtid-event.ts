import { type ByteReader, broken, exact, readBytes } from './bytes.ts'
import { formatUuid } from './gtid-encoding.ts'

/** The event that a transaction begins with. Times are microseconds since 1970; undefined where the server did not say. */
export interface GtidEvent {
  /** `uuid` or `uuid:tag`, as in a GtidSet. */
  readonly source: string
  readonly number: number
  /** When the server committed that this log is of. */
  readonly immediateCommit: number | undefined
  /** When the first server committed: the same on every member. */
  readonly originalCommit: number | undefined
  /** Bytes of all events of the transaction, this one too. */
  readonly length: number | undefined
}

const LOGICAL_CLOCK = 2
const TWO_TIMES = 1n << 55n
const TIME_BYTES = 7

/** The lengths of the client's protocol: one byte up to 250, else a byte that says how many follow. */
const packed = (reader: ByteReader): number => {
  const first = reader.number(1)
  if (first < 0xfb) return first
  const length = { 252: 2, 253: 3, 254: 8 }[first]
  if (!length) throw broken(`a length that begins with ${first}`)
  return reader.number(length)
}

/** GTID_LOG_EVENT (33), and ANONYMOUS_GTID (34), whose number is 0. Source: mysql/mysql-server:libs/mysql/binlog/event/control_events.cpp (Gtid_event). */
export const parseGtidEvent = (body: Buffer): GtidEvent => {
  const reader = readBytes(body, 'a GTID event')
  reader.take(1)
  const source = formatUuid(reader.take(16))
  const number = reader.number(8)
  const bare = { source, number, immediateCommit: undefined, originalCommit: undefined, length: undefined }
  if (reader.left < 17 || reader.number(1) !== LOGICAL_CLOCK) return bare
  reader.take(16)
  if (reader.left < TIME_BYTES) return bare
  const first = reader.unsigned(TIME_BYTES)
  const immediateCommit = exact(first & ~TWO_TIMES)
  const originalCommit = first & TWO_TIMES ? reader.number(TIME_BYTES) : immediateCommit
  return { source, number, immediateCommit, originalCommit, length: reader.left > 0 ? packed(reader) : undefined }
}

const FIELD = {
  flags: 0,
  uuid: 1,
  number: 2,
  tag: 3,
  lastCommitted: 4,
  sequenceNumber: 5,
  immediateCommit: 6,
  originalCommit: 7,
  length: 8,
  immediateVersion: 9,
  originalVersion: 10,
  ticket: 11,
} as const
const SERIALIZATION = 1n

/** Signed numbers of variable length keep their sign in the lowest bit. A GTID's is never negative. */
const positive = (value: bigint): number => {
  if (value & 1n) throw broken('a negative number in a GTID')
  return exact(value >> 1n)
}

/**
 * GTID_TAGGED_LOG_EVENT (42): a message of mysql::serialization, each field by its number, those left out that have their default.
 * A number that is not known ends the reading: newer servers add fields at the end, and say up to which one must be understood.
 * Source: mysql/mysql-server:libs/mysql/serialization/readme.md, libs/mysql/binlog/event/control_events.h (Gtid_event::define_fields).
 */
export const parseTaggedGtidEvent = (body: Buffer): GtidEvent => {
  const reader = readBytes(body, 'a tagged GTID event')
  const version = reader.variable()
  if (version !== SERIALIZATION) throw broken(`a tagged GTID event of the unknown format ${version}`)
  if (reader.variable() !== BigInt(body.length)) throw broken('a tagged GTID event of another length than it says')
  const lastNeeded = exact(reader.variable())
  let uuid: string | undefined
  let tag = ''
  const seen = new Map<number, bigint>()
  let last = -1
  while (reader.left > 0) {
    const field = exact(reader.variable())
    if (field <= last) throw broken('fields of a tagged GTID event that do not ascend')
    last = field
    if (field > FIELD.ticket) {
      if (field <= lastNeeded) throw broken(`a tagged GTID event with the field ${field}, which must be understood`)
      break
    }
    // Each byte of it is a number of variable length, too.
    if (field === FIELD.uuid) uuid = formatUuid(Uint8Array.from({ length: 16 }, () => exact(reader.variable())))
    else if (field === FIELD.tag) tag = reader.take(exact(reader.variable())).toString('latin1')
    else seen.set(field, reader.variable())
  }
  const number = seen.get(FIELD.number)
  if (uuid === undefined || number === undefined) throw broken('a tagged GTID event without its GTID')
  const plain = (field: number): number | undefined => {
    const value = seen.get(field)
    return value === undefined ? undefined : exact(value)
  }
  const immediateCommit = plain(FIELD.immediateCommit)
  return {
    source: tag === '' ? uuid : `${uuid}:${tag}`,
    number: positive(number),
    immediateCommit,
    originalCommit: plain(FIELD.originalCommit) ?? immediateCommit,
    length: plain(FIELD.length),
  }
}
