import type { GtidSet } from '../domain/gtid.ts'
import { broken, readBytes } from './bytes.ts'
import { decodeGtidSet } from './gtid-encoding.ts'
import { type GtidEvent, parseGtidEvent, parseTaggedGtidEvent } from './gtid-event.ts'
import { bodyOf, CHECKSUM_BYTES, type Checksum, EVENT, HEADER_BYTES, type Header, parseHeader } from './header.ts'

/** What of an event matters to whoever keeps it. */
export type Content =
  | { readonly kind: 'format'; readonly checksum: Checksum; readonly serverVersion: string }
  | { readonly kind: 'rotate'; readonly file: string; readonly position: number }
  | { readonly kind: 'previous'; readonly set: GtidSet }
  | { readonly kind: 'gtid'; readonly gtid: GtidEvent }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'query'; readonly query: string }
  /** All of a transaction in one event, compressed. */
  | { readonly kind: 'payload' }
  /** The end of a transaction: of one that commits, or is prepared for XA. */
  | { readonly kind: 'commit' }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'other' }

/** One event: its bytes as they came, and what they mean. */
export type BinlogEvent = Content & { readonly header: Header; readonly bytes: Buffer }

const FORMAT_VERSION = 4
const NAME_BYTES = 50

/** FORMAT_DESCRIPTION (15): always ends with the algorithm of the file and room for its own checksum. */
const parseFormat = (bytes: Buffer): Content => {
  const reader = readBytes(bytes.subarray(HEADER_BYTES), 'a format description')
  const version = reader.number(2)
  if (version !== FORMAT_VERSION) throw broken(`a binary log of the unknown version ${version}`)
  const [serverVersion = ''] = reader.take(NAME_BYTES).toString('latin1').split('\0')
  reader.take(4)
  const header = reader.number(1)
  if (header !== HEADER_BYTES) throw broken(`headers of ${header} bytes`)
  reader.take(reader.left - 1 - CHECKSUM_BYTES)
  const algorithm = reader.number(1)
  if (algorithm > 1) throw broken(`the unknown checksum algorithm ${algorithm}`)
  const checksum = algorithm === 1 ? 'crc32' : 'none'
  bodyOf(bytes, checksum)
  return { kind: 'format', checksum, serverVersion }
}

/** QUERY (2): thread, duration, lengths, status variables, schema, and the statement up to the end. */
const parseQuery = (body: Buffer): Content => {
  const reader = readBytes(body, 'a query')
  reader.take(8)
  const schema = reader.number(1)
  reader.take(2)
  reader.take(reader.number(2))
  reader.take(schema + 1)
  return { kind: 'query', query: reader.take(reader.left).toString('utf8') }
}

const parseRotate = (body: Buffer): Content => {
  const reader = readBytes(body, 'a rotation')
  const position = reader.number(8)
  return { kind: 'rotate', position, file: reader.take(reader.left).toString('utf8') }
}

const contentOf = (type: number, body: Buffer): Content => {
  switch (type) {
    case EVENT.rotate:
      return parseRotate(body)
    case EVENT.previousGtids:
      return { kind: 'previous', set: decodeGtidSet(body) }
    case EVENT.gtid:
      return { kind: 'gtid', gtid: parseGtidEvent(body) }
    case EVENT.taggedGtid:
      return { kind: 'gtid', gtid: parseTaggedGtidEvent(body) }
    case EVENT.anonymousGtid:
      return { kind: 'anonymous' }
    case EVENT.query:
      return parseQuery(body)
    case EVENT.transactionPayload:
      return { kind: 'payload' }
    case EVENT.xid:
    case EVENT.xaPrepare:
      return { kind: 'commit' }
    case EVENT.heartbeat:
    case EVENT.heartbeatV2:
      return { kind: 'heartbeat' }
    case EVENT.stop:
      return { kind: 'stop' }
    default:
      return { kind: 'other' }
  }
}

/**
 * Reads whole events one after the other. Each is proven by its checksum, by the algorithm that `checksum` says until a format
 * description says another. Throws BinlogBroken at what no server writes.
 */
export const createEventParser = (checksum: Checksum): ((bytes: Buffer) => BinlogEvent) => {
  let current = checksum
  return (bytes) => {
    const header = parseHeader(bytes)
    const content =
      header.type === EVENT.formatDescription ? parseFormat(bytes) : contentOf(header.type, bodyOf(bytes, current))
    if (content.kind === 'format') current = content.checksum
    return { ...content, header, bytes }
  }
}
