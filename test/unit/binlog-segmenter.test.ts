import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createEventParser } from '../../src/binlog/event.ts'
import type { Segment } from '../../src/binlog/segment.ts'
import { createSegmenter, type SegmentLimits } from '../../src/binlog/segmenter.ts'
import { formatGtidSet, type GtidSet, parseGtidSet } from '../../src/domain/gtid.ts'
import * as made from '../support/binlog-bytes.ts'
import { A } from '../support/gtid-sets.ts'

const BROKEN = expect.objectContaining({ code: 'BinlogBroken' })
const WIDE: SegmentLimits = { maxBytes: 1e9, maxAgeMs: 1e9 }
const NONE: GtidSet = new Map()
const at = (number: number) => made.gtid(number, { immediate: 5_000_000 + number, original: 1_000_000 + number })

const kinds: Readonly<Record<string, readonly Buffer[]>> = {
  rows: [made.query('BEGIN'), made.rows(), made.rows(90), made.xid()],
  savepoint: [made.query('BEGIN'), made.query('SAVEPOINT `a`'), made.query('ROLLBACK TO `a`'), made.rows(), made.xid()],
  'not transactional': [made.query('BEGIN'), made.rows(), made.query('COMMIT')],
  'rolled back': [made.query('BEGIN'), made.rows(), made.query('ROLLBACK')],
  ddl: [made.query('CREATE TABLE t (a INT)')],
  compressed: [made.payload()],
  'xa prepare': [made.query("XA START X'61',X'',1"), made.rows(), made.query("XA END X'61',X'',1"), made.xaPrepare()],
  'xa commit': [made.query("XA COMMIT X'61',X'',1")],
}

/** The segments of a stream, and what is there in the end. */
const segmentsOf = (stream: readonly Buffer[], limits = WIDE, before = NONE): readonly Segment[] => {
  const parse = createEventParser('crc32')
  const segmenter = createSegmenter(before, limits)
  const full = stream.map((bytes) => segmenter.take(parse(bytes), 0))
  return [...full, segmenter.close()].filter((segment) => segment !== undefined)
}
const fileOf = ({ pieces }: Segment): Buffer => Buffer.concat(pieces)

/** The events of a file, by the sizes in their headers. */
const eventsOf = (file: Buffer): readonly Buffer[] => {
  const events: Buffer[] = []
  for (let from = 4; from < file.length; from += events.at(-1)?.length ?? 0)
    events.push(file.subarray(from, from + file.readUInt32LE(from + 9)))
  return events
}

describe('a segment', () => {
  const stream = [
    made.rotate('binlog.000001'),
    made.format(),
    made.previous(Buffer.alloc(8)),
    at(1),
    ...(kinds['rows'] ?? []),
  ]

  test('is a binary log: magic bytes, the format, what came before, and the transactions as they came', () => {
    const before = parseGtidSet(`${A}:1-5`)
    const [segment] = segmentsOf(stream, WIDE, before)
    const file = segment ? fileOf(segment) : Buffer.alloc(0)
    expect(file.subarray(0, 4).toString('hex')).toBe('fe62696e')
    const [format, previous, ...rest] = eventsOf(file)
    expect(format).toEqual(made.format())
    const read = createEventParser('crc32')(previous ?? Buffer.alloc(0))
    expect(read.kind === 'previous' && formatGtidSet(read.set)).toBe(`${A}:1-5`)
    expect(read.header.nextPosition).toBe(4 + made.format().length + (previous?.length ?? 0))
    expect(rest).toEqual(stream.slice(3))
    expect(segment?.bytes).toBe(file.length)
  })

  test('tells what it holds', () => {
    const [segment] = segmentsOf([made.format(), at(7), ...(kinds['rows'] ?? []), at(3), ...(kinds['ddl'] ?? [])])
    expect(segment).toMatchObject({ firstCommit: 1_000_003, lastCommit: 1_000_007, events: 7, transactions: 2 })
    expect(segment && formatGtidSet(segment.gtids)).toBe(`${made.SOURCE}:3:7`)
  })

  test('has no checksums where the server writes none', () => {
    const options = { checksum: false }
    const gtid = made.gtid(1, { immediate: 1 }, options)
    const [segment] = segmentsOf([made.format(options), gtid, made.query('DROP TABLE t', options)])
    const parse = createEventParser('none')
    expect(eventsOf(segment ? fileOf(segment) : Buffer.alloc(0)).map((bytes) => parse(bytes).kind)).toEqual([
      'format',
      'previous',
      'gtid',
      'query',
    ])
  })
})

describe('a transaction is in one segment', () => {
  test.each(Object.entries(kinds))('whole, and ends where it ends: %s', (_, events) => {
    const stream = [made.format(), at(1), ...events, at(2), ...events]
    const segments = segmentsOf(stream, { ...WIDE, maxBytes: 1 })
    expect(segments.map(({ gtids }) => formatGtidSet(gtids))).toEqual([`${made.SOURCE}:1`, `${made.SOURCE}:2`])
    expect(segments.map((segment) => eventsOf(fileOf(segment)).slice(2))).toEqual([
      [at(1), ...events],
      [at(2), ...events],
    ])
  })

  test.each(Object.entries(kinds))('or in none, when its end does not come: %s', (_, events) => {
    const stream = [made.format(), at(1), ...(kinds['ddl'] ?? []), at(2), ...events]
    expect(segmentsOf(stream.slice(0, -1)).map(({ gtids }) => formatGtidSet(gtids))).toEqual([`${made.SOURCE}:1`])
  })

  test('whatever the limits, and wherever servers rotate and send heartbeats', () => {
    const transaction = fc.constantFrom(...Object.values(kinds))
    const noise = fc.constantFrom(
      [],
      [made.heartbeatV2()],
      [made.stop(), made.rotate('b'), made.format({ created: 0 })],
    )
    const stories = fc.array(fc.tuple(transaction, noise), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(stories, fc.integer({ min: 1, max: 2000 }), fc.boolean(), (story, maxBytes, beats) => {
        const wanted = story.map(([events], index) => [at(index + 1), ...events])
        const sent = story.flatMap(([, between], index) => [
          ...(wanted[index] ?? []).flatMap((bytes) => (beats ? [bytes, made.heartbeat()] : [bytes])),
          ...between,
        ])
        const segments = segmentsOf([made.format(), ...sent], { ...WIDE, maxBytes })
        expect(segments.flatMap((segment) => eventsOf(fileOf(segment)).slice(2))).toEqual(wanted.flat())
        expect(segments.reduce((sum, { transactions }) => sum + transactions, 0)).toBe(story.length)
        let before = NONE
        for (const segment of segments) {
          const read = createEventParser('crc32')(eventsOf(fileOf(segment))[1] ?? Buffer.alloc(0))
          expect(read.kind === 'previous' && formatGtidSet(read.set)).toBe(formatGtidSet(before))
          const last = [...segment.gtids.values()].flat().at(-1)?.[1] ?? 0
          before = new Map([[made.SOURCE, [[1, last]]]])
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('a segment is closed', () => {
  test('by its age, counted from its first transaction', () => {
    const parse = createEventParser('crc32')
    const segmenter = createSegmenter(NONE, { ...WIDE, maxAgeMs: 100 })
    segmenter.take(parse(made.format()), 0)
    expect(segmenter.due(5000)).toBeUndefined()
    for (const bytes of [at(1), made.payload()]) segmenter.take(parse(bytes), 5000)
    segmenter.take(parse(at(2)), 5050)
    expect(segmenter.due(5099)).toBeUndefined()
    expect(segmenter.due(5100)?.transactions).toBe(1)
    segmenter.take(parse(made.payload()), 5120)
    expect(segmenter.due(5219)).toBeUndefined()
    expect(segmenter.due(5220)?.transactions).toBe(1)
    expect(segmenter.close()).toBeUndefined()
  })

  test('by another format, and goes on in a new file of that format', () => {
    const newer = made.format({ version: '9.8.0' })
    const segments = segmentsOf([made.format(), at(1), made.payload(), newer, at(2), made.payload()])
    expect(segments.map((segment) => eventsOf(fileOf(segment))[0])).toEqual([made.format(), newer])
  })
})

describe('what would lose a transaction is refused', () => {
  test.each([
    ['a transaction without a GTID', [made.format(), made.anonymous()]],
    ['rows of no transaction', [made.format(), made.rows()]],
    ['a transaction before any format', [at(1), made.payload()]],
    ['a transaction within another', [made.format(), at(1), made.query('BEGIN'), at(2)]],
    ['a file that ends within a transaction', [made.format(), at(1), made.query('BEGIN'), made.rotate('b')]],
    ['a server that ends within a transaction', [made.format(), at(1), made.query('BEGIN'), made.stop()]],
    ['a commit of nothing', [made.format(), at(1), made.xid()]],
  ])('%s', (_, stream) => {
    expect(() => segmentsOf(stream)).toThrow(BROKEN)
  })
})
