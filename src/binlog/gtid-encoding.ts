import type { GtidSet } from '../domain/gtid.ts'
import { broken, exact, readBytes, unsignedBytes } from './bytes.ts'

/**
 * Sets of GTIDs as PREVIOUS_GTIDS and COM_BINLOG_DUMP_GTID hold them: a head of 8 bytes, then for each source its UUID, (with tags) its
 * tag, and its intervals, half-open. The head's highest byte is the format: 0 without tags, the rest is the number of sources; 1 with
 * tags (MySQL 8.3 and newer), the lowest byte says so again and what is between is the number.
 * Source: mysql/mysql-server:sql/rpl_gtid_set.cc (Gtid_set::encode, decode_nsids_format), libs/mysql/gtid/tag.cpp.
 */
const TAGGED = 1n
const UUID_BYTES = 16
const LONGEST_TAG = 32

/** The 16 bytes of a UUID as text. */
export const formatUuid = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** A set as servers exchange it: without tags when it has none, which every version understands. Equal sets give equal bytes. */
export const encodeGtidSet = (set: GtidSet): Buffer => {
  const sources = [...set].sort(([a], [b]) => (a < b ? -1 : 1))
  const tagged = sources.some(([key]) => key.includes(':'))
  const count = BigInt(sources.length)
  const head = tagged ? (TAGGED << 56n) | (count << 8n) | TAGGED : count
  const parts = sources.flatMap(([key, intervals]) => {
    const [uuid = '', tag = ''] = key.split(':')
    return [
      uuidBytes(uuid),
      // At most 32 characters: the length of variable length is then one byte, its lowest bit 0.
      ...(tagged ? [unsignedBytes(tag.length << 1, 1), Buffer.from(tag, 'latin1')] : []),
      unsignedBytes(intervals.length, 8),
      ...intervals.flatMap(([from, to]) => [unsignedBytes(from, 8), unsignedBytes(to, 8)]),
    ]
  })
  return Buffer.concat([unsignedBytes(head, 8), ...parts])
}

/** The set that the bytes hold. Throws BinlogBroken when they are none, hold more, or hold a number that is not exact. */
export const decodeGtidSet = (bytes: Buffer): GtidSet => {
  const reader = readBytes(bytes, 'a set of GTIDs')
  const head = reader.unsigned(8)
  const format = head >> 56n
  if (format > TAGGED) throw broken(`a set of GTIDs of the unknown format ${format}`)
  const tagged = format === TAGGED
  const count = exact(tagged ? (head >> 8n) & 0xffff_ffff_ffffn : head)
  const set = new Map<string, (readonly [number, number])[]>()
  for (let index = 0; index < count; index++) {
    const uuid = formatUuid(reader.take(UUID_BYTES))
    const length = tagged ? exact(reader.variable()) : 0
    if (length > LONGEST_TAG) throw broken(`a tag of ${length} characters`)
    const tag = reader.take(length).toString('latin1')
    const intervals: (readonly [number, number])[] = []
    let last = 0
    for (let rest = reader.number(8); rest > 0; rest--) {
      const from = reader.number(8)
      const to = reader.number(8)
      if (from <= last || to <= from) throw broken(`intervals of ${uuid} that do not ascend`)
      intervals.push([from, to])
      last = to
    }
    const key = tag === '' ? uuid : `${uuid}:${tag}`
    if (intervals.length === 0 || set.has(key)) throw broken(`${key} without intervals, or twice`)
    set.set(key, intervals)
  }
  if (reader.left > 0) throw broken('bytes after a set of GTIDs')
  return set
}
