import type { GtidSet } from '../domain/gtid.ts'
import { unsignedBytes } from './bytes.ts'
import { encodeGtidSet } from './gtid-encoding.ts'
import { MAGIC } from './header.ts'

const COM_BINLOG_DUMP_GTID = 0x1e
const NON_BLOCKING = 1
const HEARTBEAT_V2 = 2
const PACKET_HEAD = 4

export interface DumpRequest {
  /** What the server leaves out. */
  readonly known: GtidSet
  /** Not that of a member: a server ends the older of two streams with the same id and UUID. */
  readonly serverId: number
  /** Whether the stream goes on with what is committed later, or ends with what is there. */
  readonly follow: boolean
}

/**
 * The request for all transactions that are not in a set: flags, server id, no file, the position after the magic bytes, the set.
 * Source: mysql/mysql-server:sql/rpl_source.cc (com_binlog_dump_gtid), sql/rpl_constants.h (flags).
 */
export const dumpRequest = ({ known, serverId, follow }: DumpRequest): Buffer => {
  const set = encodeGtidSet(known)
  return Buffer.concat([
    unsignedBytes(COM_BINLOG_DUMP_GTID, 1),
    unsignedBytes(HEARTBEAT_V2 | (follow ? 0 : NON_BLOCKING), 2),
    unsignedBytes(serverId, 4),
    unsignedBytes(0, 4),
    unsignedBytes(MAGIC.length, 8),
    unsignedBytes(set.length, 4),
    set,
  ])
}

/** What the driver gives a command. */
export interface Packet {
  readonly buffer: Buffer
  readonly offset: number
  readonly end: number
}

/** What of the driver's connection a command uses. */
export interface Wire {
  _resetSequenceId(): void
  writePacket(packet: { length(): number; writeHeader(sequence: number): void; readonly buffer: Buffer }): void
}

/** A command as the driver runs it: `execute` without a packet begins it, true ends it. */
export interface Command {
  execute(packet: Packet | undefined, wire: Wire): boolean
  onResult(error: unknown): void
}

/** Whom a stream tells. After `ended` nothing more is told. */
export interface Listener {
  event(bytes: Buffer): void
  /** `error`: the driver's, when the stream did not end by itself. */
  ended(error?: unknown): void
}

const OK = 0x00
const ERR = 0xff
const EOF = 0xfe
const EOF_BYTES = 13

/** What the server says when it ends a stream: a number, and from the tenth byte on a sentence. */
const errorOf = (body: Buffer): Error =>
  Object.assign(new Error('the server ended the stream'), {
    errno: body.readUInt16LE(1),
    sqlMessage: body.subarray(9).toString('utf8'),
  })

/** Asks for a stream, and tells of each event by its bytes, which are its own. */
export const dumpCommand = (request: DumpRequest, listener: Listener): Command => ({
  execute(packet, wire) {
    if (!packet) {
      const buffer = Buffer.concat([Buffer.alloc(PACKET_HEAD), dumpRequest(request)])
      wire._resetSequenceId()
      wire.writePacket({
        buffer,
        length: () => buffer.length,
        writeHeader(sequence) {
          buffer.writeUIntLE(buffer.length - PACKET_HEAD, 0, 3)
          buffer.writeUInt8(sequence, 3)
        },
      })
      return false
    }
    const body = packet.buffer.subarray(packet.offset, packet.end)
    if (body[0] === OK) {
      listener.event(Buffer.from(body.subarray(1)))
      return false
    }
    if (body[0] === EOF && body.length < EOF_BYTES) listener.ended()
    else if (body[0] === ERR && body.length >= 9) listener.ended(errorOf(body))
    else listener.ended(new Error(`a packet that begins with ${body[0]}`))
    return true
  },
  onResult: (error) => listener.ended(error),
})
