import { broken } from './bytes.ts'
import { createEventParser } from './event.ts'
import type { GtidEvent } from './gtid-event.ts'
import { HEADER_BYTES, MAGIC } from './header.ts'

const SIZE_AT = 9

/** What the transactions of a log begin with, in their order. Throws BinlogBroken at what is no binary log. */
export function* transactionsIn(log: Buffer): Generator<GtidEvent> {
  if (!log.subarray(0, MAGIC.length).equals(MAGIC)) throw broken('a log that begins otherwise')
  const parse = createEventParser('none')
  for (let at = MAGIC.length; at < log.length; ) {
    if (at + HEADER_BYTES > log.length) throw broken('a log that ends within an event')
    const size = log.readUInt32LE(at + SIZE_AT)
    if (size < HEADER_BYTES || at + size > log.length) throw broken('a log that ends within an event')
    const event = parse(log.subarray(at, at + size))
    if (event.kind === 'gtid') yield event.gtid
    at += size
  }
}
