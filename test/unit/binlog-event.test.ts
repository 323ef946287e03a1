import { describe, expect, test } from '@jest/globals'
import { createEventParser } from '../../src/binlog/event.ts'
import { formatGtidSet } from '../../src/domain/gtid.ts'
import * as made from '../support/binlog-bytes.ts'
import { A } from '../support/gtid-sets.ts'

const BROKEN = expect.objectContaining({ code: 'BinlogBroken' })
const parse = (bytes: Buffer) => createEventParser('crc32')(bytes)
const TIMES = { immediate: 1_790_000_000_123_456, original: 1_790_000_000_000_001 }

describe('an event is read', () => {
  test('by its header', () => {
    expect(parse(made.rotate('binlog.000002')).header).toEqual({
      timestamp: 1_700_000_000,
      type: 4,
      serverId: 7,
      size: 44,
      nextPosition: 9999,
      artificial: true,
    })
  })

  test.each([
    ['a rotation', made.rotate('binlog.000002'), { kind: 'rotate', file: 'binlog.000002', position: 4 }],
    ['a query', made.query('CREATE TABLE t (a INT)'), { kind: 'query', query: 'CREATE TABLE t (a INT)' }],
    ['a compressed transaction', made.payload(), { kind: 'payload' }],
    ['a commit', made.xid(), { kind: 'commit' }],
    ['a prepared transaction', made.xaPrepare(), { kind: 'commit' }],
    ['a heartbeat', made.heartbeat(), { kind: 'heartbeat' }],
    ['a heartbeat of the newer kind', made.heartbeatV2(), { kind: 'heartbeat' }],
    ['a transaction without a GTID', made.anonymous(), { kind: 'anonymous' }],
    ['the end of a server', made.stop(), { kind: 'stop' }],
    ['rows', made.rows(), { kind: 'other' }],
    ['a format', made.format({ version: '8.4.3' }), { kind: 'format', checksum: 'crc32', serverVersion: '8.4.3' }],
  ])('as what it is: %s', (_, bytes, content) => {
    expect(parse(bytes)).toMatchObject(content)
    expect(parse(bytes).bytes).toBe(bytes)
  })

  test('as the set of what came before', () => {
    const read = parse(made.previous(made.setBytes([[A, '', [[1, 6]]]], false)))
    expect(read.kind === 'previous' && formatGtidSet(read.set)).toBe(`${A}:1-5`)
  })
})

describe('a GTID event', () => {
  const common = { number: 12, immediateCommit: TIMES.immediate }

  test('tells when this server committed, and when the first one did', () => {
    const gtid = { ...common, source: made.SOURCE, originalCommit: TIMES.original, length: 700 }
    expect(parse(made.gtid(12, TIMES))).toMatchObject({ kind: 'gtid', gtid })
  })

  test('tells one time when both are the same', () => {
    const gtid = { ...common, source: made.SOURCE, originalCommit: TIMES.immediate, length: 700 }
    expect(parse(made.gtid(12, { immediate: TIMES.immediate }))).toMatchObject({ kind: 'gtid', gtid })
  })

  test('with a tag tells the same', () => {
    const source = `${made.SOURCE}:billing`
    const gtid = { ...common, source, originalCommit: TIMES.original, length: 337 }
    expect(parse(made.taggedGtid(12, 'billing', TIMES))).toMatchObject({ kind: 'gtid', gtid })
    expect(parse(made.taggedGtid(12, 'billing', { immediate: TIMES.immediate }))).toMatchObject({
      gtid: { ...gtid, originalCommit: TIMES.immediate },
    })
  })

  test('without a tag in the newer form is that of the server', () => {
    expect(parse(made.taggedGtid(3, '', TIMES))).toMatchObject({ gtid: { source: made.SOURCE, number: 3 } })
  })

  const unknown = Buffer.concat([made.variable(12), made.variable(99)])
  test('of a newer server is read, unless what is new must be understood', () => {
    expect(parse(made.taggedGtid(3, 'a', TIMES, unknown))).toMatchObject({ gtid: { number: 3 } })
    expect(() => parse(made.taggedGtid(3, 'a', TIMES, unknown, 12))).toThrow(BROKEN)
  })
})

describe('checksums', () => {
  test('a byte that was flipped anywhere is found', () => {
    const bytes = made.gtid(12, TIMES)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x10, at)
      expect(() => parse(flipped)).toThrow(BROKEN)
    }
  })

  test('an event that is cut off is found', () => {
    const bytes = made.query('BEGIN')
    for (let length = 0; length < bytes.length; length++) expect(() => parse(bytes.subarray(0, length))).toThrow(BROKEN)
  })

  test('are those that the last format description says', () => {
    const parser = createEventParser('crc32')
    expect(parser(made.format({ checksum: false }))).toMatchObject({ kind: 'format', checksum: 'none' })
    expect(parser(made.query('BEGIN', { checksum: false }))).toMatchObject({ query: 'BEGIN' })
    parser(made.format())
    expect(() => parser(made.query('BEGIN', { checksum: false }))).toThrow(BROKEN)
    expect(parser(made.query('BEGIN'))).toMatchObject({ query: 'BEGIN' })
  })
})
