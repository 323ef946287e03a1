import { crc32 } from 'node:zlib'
import { broken, unsignedBytes } from './bytes.ts'

/** Types of events. Source: mysql/mysql-server:libs/mysql/binlog/event/binlog_event.h (Log_event_type). */
export const EVENT = {
  query: 2,
  stop: 3,
  rotate: 4,
  formatDescription: 15,
  xid: 16,
  heartbeat: 27,
  gtid: 33,
  anonymousGtid: 34,
  previousGtids: 35,
  xaPrepare: 38,
  transactionPayload: 40,
  heartbeatV2: 41,
  taggedGtid: 42,
} as const

export const HEADER_BYTES = 19
export const CHECKSUM_BYTES = 4
/** What a binary log begins with. */
export const MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e])
/** The flag of an event that is made for the stream and is in no file. */
const ARTIFICIAL = 0x20

/** What each event ends with. */
export type Checksum = 'none' | 'crc32'

/** The 19 bytes that each event begins with. Source: MySQL manual, source code documentation, "Binlog Event Header". */
export interface Header {
  /** Seconds since 1970; 0 for what is made for the stream. */
  readonly timestamp: number
  readonly type: number
  readonly serverId: number
  /** Of the whole event, with header and checksum. */
  readonly size: number
  /** Where the next event begins in the file of the server; 0 for what is made for the stream. */
  readonly nextPosition: number
  readonly artificial: boolean
}

/** Reads the header of one whole event. Throws BinlogBroken when its size is not that of the bytes. */
export const parseHeader = (bytes: Buffer): Header => {
  if (bytes.length < HEADER_BYTES) throw broken(`an event of ${bytes.length} bytes`)
  const header = {
    timestamp: bytes.readUInt32LE(0),
    type: bytes.readUInt8(4),
    serverId: bytes.readUInt32LE(5),
    size: bytes.readUInt32LE(9),
    nextPosition: bytes.readUInt32LE(13),
    artificial: (bytes.readUInt16LE(17) & ARTIFICIAL) !== 0,
  }
  if (header.size !== bytes.length)
    throw broken(`an event of type ${header.type} says that it has ${header.size} bytes, and has ${bytes.length}`)
  return header
}

/** What is between header and checksum. Throws BinlogBroken when the checksum is not that of the event. */
export const bodyOf = (bytes: Buffer, checksum: Checksum): Buffer => {
  if (checksum === 'none') return bytes.subarray(HEADER_BYTES)
  const end = bytes.length - CHECKSUM_BYTES
  if (end < HEADER_BYTES) throw broken('an event has no room for its checksum')
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end))
    throw broken(`the checksum of an event of type ${bytes.readUInt8(4)} is not that of its bytes`)
  return bytes.subarray(HEADER_BYTES, end)
}

/** An event that no server wrote, as one would have: `position` is where it begins in its file. */
export const writeEvent = (
  { type, serverId, timestamp }: Pick<Header, 'type' | 'serverId' | 'timestamp'>,
  body: Buffer,
  checksum: Checksum,
  position: number,
): Buffer => {
  const size = HEADER_BYTES + body.length + (checksum === 'crc32' ? CHECKSUM_BYTES : 0)
  const event = Buffer.concat([
    unsignedBytes(timestamp, 4),
    unsignedBytes(type, 1),
    unsignedBytes(serverId, 4),
    unsignedBytes(size, 4),
    unsignedBytes(position + size, 4),
    unsignedBytes(0, 2),
    body,
  ])
  return checksum === 'crc32' ? Buffer.concat([event, unsignedBytes(crc32(event), CHECKSUM_BYTES)]) : event
}
