import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createSegmentWriter, numberOf, readSegment } from '../../src/agent/segments.ts'
import { formatGtidSet, parseGtidSet } from '../../src/domain/gtid.ts'
import { NONE, segmentOf } from '../support/archive.ts'
import { SOURCE } from '../support/binlog-bytes.ts'

const before = parseGtidSet(`${SOURCE}:1-5`)
const place = { number: 7, before, skipped: parseGtidSet(`${SOURCE}:3`), source: 'shop-1' }
const segment = segmentOf([6, 7, 8], before)
const secret = randomBytes(32)
const BROKEN = expect.objectContaining({ code: 'BackupBroken' })

describe.each([
  ['as it is', undefined],
  ['encrypted', secret],
])('a segment that is stored %s', (_, key) => {
  test('is read as it was written, log and all that is told of it', async () => {
    const { key: name, body } = await createSegmentWriter(key, '0a1b2c3d').write(segment, place)
    expect(name).toBe('0000000007-0a1b2c3d.binlog')
    expect(numberOf(name)).toBe(7)
    const read = readSegment(name, body, key)
    expect(await read.log()).toEqual(Buffer.concat([...segment.pieces]))
    expect([read.before, read.gtids, read.skipped].map(formatGtidSet)).toEqual([
      `${SOURCE}:1-5`,
      `${SOURCE}:6-8`,
      `${SOURCE}:3`,
    ])
    expect(read.head).toMatchObject({ transactions: 3, firstCommit: 6_000_000, lastCommit: 8_000_000 })
  })

  test('is broken when any byte of it is another one, or it is cut off', async () => {
    const { key: name, body } = await createSegmentWriter(key).write(segment, place)
    for (let at = 0; at < body.length; at += 7) {
      const flipped = Buffer.from(body)
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
      // The line break after the digest is no part of what is said.
      if (at !== 64) expect(() => readSegment(name, flipped, key)).toThrow(BROKEN)
      expect(() => readSegment(name, body.subarray(0, at), key)).toThrow(BROKEN)
    }
  })
})

test('what is encrypted shows nothing of the log, is not opened with another key, and nothing else passes for it', async () => {
  const { key: name, body } = await createSegmentWriter(secret).write(segment, place)
  const rows = Buffer.alloc(30, 9)
  expect(Buffer.concat([...segment.pieces]).includes(rows)).toBe(true)
  expect(body.includes(rows)).toBe(false)
  const wrong = expect.objectContaining({ code: 'WrongKey' })
  expect(() => readSegment(name, body, randomBytes(32))).toThrow(wrong)
  expect(() => readSegment(name, body)).toThrow(wrong)
  const plain = await createSegmentWriter().write(segment, { ...place, skipped: NONE })
  expect(() => readSegment(name, plain.body, secret)).toThrow(BROKEN)
})

test('what is no segment has no number', () => {
  for (const name of ['manifest.json', '7.binlog', '0000000007-xyz.binlog', 'a/0000000007-0a1b2c3d.binlog'])
    expect(numberOf(name)).toBeUndefined()
})
