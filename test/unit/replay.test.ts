import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Manifest } from '../../src/agent/manifest.ts'
import { type Point, prepareReplay, type Replay } from '../../src/agent/replay.ts'
import { createSegmentWriter } from '../../src/agent/segments.ts'
import { transactionsIn } from '../../src/binlog/transactions.ts'
import { type GtidSet, parseGtidSet } from '../../src/domain/gtid.ts'
import { memoryStore, PATH, storeSegments } from '../support/archive.ts'
import { SOURCE } from '../support/binlog-bytes.ts'
import { jumping } from '../support/jumping.ts'

const set = (text: string): GtidSet => parseGtidSet(`${SOURCE}:${text}`)
const SEGMENTS = [[1, 2, 3], [4, 5], [6, 7, 8], [9]]
const coded = (code: string) => expect.objectContaining({ code })
/** The transaction with this number was committed in this second of the epoch. */
const second = (number: number): string => new Date(number * 1_000).toISOString()

let home = ''
let target = ''
let store = memoryStore()
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'replay-'))
  target = join(home, 'replay')
})
afterAll(() => rm(home, { recursive: true, force: true }))
beforeEach(() => {
  store = memoryStore()
})

const manifest = (gtids: string, startedAt = second(0)): Manifest =>
  ({ gtids: `${SOURCE}:${gtids}`, startedAt }) as Manifest
const prepare = (base: Manifest, point: Point): Promise<Replay> =>
  prepareReplay({ store, clock: jumping(), say: () => undefined }, PATH, base, point, target)
const writer = createSegmentWriter(undefined, '00000000')
/** The archive says that all until this second is in it. */
const reaches = (number: number, known = '1'): void => {
  const said = { v: 1, through: second(number), known: `${SOURCE}:${known}` }
  store.objects.set(`${PATH}/reach.json`, Buffer.from(JSON.stringify(said)))
}

/** The numbers in the relay logs that were brought, log by log. */
const brought = async (): Promise<readonly (readonly number[])[]> => {
  const logs = (await readdir(target)).filter((name) => /^relay\.\d+$/.test(name)).toSorted()
  expect(await readFile(join(target, 'relay.index'), 'utf8')).toBe(logs.map((name) => `./${name}\n`).join(''))
  return Promise.all(
    logs.map(async (name) => [...transactionsIn(await readFile(join(target, name)))].map(({ number }) => number)),
  )
}

describe('up to a time', () => {
  beforeEach(() => storeSegments(store, writer, SEGMENTS))

  test('all is replayed that was committed by then, and nothing after it', async () => {
    const replay = await prepare(manifest('1-4'), { time: second(7) })
    expect(replay).toEqual({ segments: 2, until: `${SOURCE}:8`, expected: `${SOURCE}:1-7` })
    expect(await brought()).toEqual([
      [4, 5],
      [6, 7, 8],
    ])
    expect(await readFile(join(target, 'until'), 'utf8')).toBe(`${SOURCE}:8`)
    expect(await readFile(join(target, 'expected'), 'utf8')).toBe(`${SOURCE}:1-7`)
  })

  test('at the end of a segment the next one tells where to stop', async () => {
    expect(await prepare(manifest('1-4'), { time: second(8) })).toMatchObject({
      until: `${SOURCE}:9`,
      expected: `${SOURCE}:1-8`,
    })
  })

  test('a time is known to the microsecond, and in any zone', async () => {
    const expected = async (time: string): Promise<string> => (await prepare(manifest('1-4'), { time })).expected
    expect(await expected('1970-01-01T00:00:06.999999Z')).toBe(`${SOURCE}:1-6`)
    expect(await expected('1970-01-01T01:00:07+01:00')).toBe(`${SOURCE}:1-7`)
  })

  test('after the last transaction all is replayed, as far as the archive reaches', async () => {
    reaches(100)
    const replay = await prepare(manifest('1-3'), { time: second(100) })
    expect(replay).toEqual({ segments: 3, expected: `${SOURCE}:1-9` })
    expect(await readFile(join(target, 'until'), 'utf8')).toBe('')
  })

  test.each([
    ['it reaches', () => reaches(99), `it reaches to ${second(99)}`],
    ['nobody says it reaches', () => undefined, 'it does not say how far it reaches'],
    [
      'can be read of it',
      () => store.objects.set(`${PATH}/reach.json`, Buffer.from('{')),
      'it does not say how far it reaches',
    ],
  ])('beyond what %s it is refused, unless what is missing is accepted', async (_, given, why) => {
    given()
    const point = { time: second(100) }
    await expect(prepare(manifest('1-3'), point)).rejects.toMatchObject({
      code: 'PointNotArchived',
      detail: expect.stringContaining(why),
    })
    expect(await prepare(manifest('1-3'), { ...point, acrossGaps: true })).toMatchObject({ expected: `${SOURCE}:1-9` })
  })

  test('before a later transaction it is in the archive, wherever that is said to end', async () => {
    reaches(1)
    expect(await prepare(manifest('1-3'), { time: second(8) })).toMatchObject({ expected: `${SOURCE}:1-8` })
  })

  test('before the backup it is refused, and so is what the backup goes beyond, and what has not come', async () => {
    const outside = coded('PointNotArchived')
    await expect(prepare(manifest('1-4', second(3)), { time: second(2) })).rejects.toEqual(outside)
    await expect(prepare(manifest('1-7'), { time: second(5) })).rejects.toEqual(outside)
    await expect(prepare(manifest('1-7'), { time: '2027-01-01T00:00:00Z' })).rejects.toEqual(outside)
  })
})

describe('up to a transaction', () => {
  beforeEach(() => storeSegments(store, writer, SEGMENTS))

  test('all before it is replayed, and it is not', async () => {
    const replay = await prepare(manifest('1-4'), { gtid: `${SOURCE}:6` })
    expect(replay).toEqual({ segments: 2, until: `${SOURCE}:6`, expected: `${SOURCE}:1-5` })
  })

  test('that the backup holds, or no segment, it is refused', async () => {
    await expect(prepare(manifest('1-4'), { gtid: `${SOURCE}:2` })).rejects.toEqual(coded('PointNotArchived'))
    await expect(prepare(manifest('1-4'), { gtid: `${SOURCE}:77` })).rejects.toEqual(coded('PointNotArchived'))
  })
})

describe('a gap', () => {
  beforeEach(() => reaches(100))

  test('before the point is not crossed, unless that is accepted', async () => {
    const keys = await storeSegments(store, writer, SEGMENTS)
    store.objects.delete(keys[1] ?? '')
    const refusal = prepare(manifest('1-3'), { time: second(7) })
    await expect(refusal).rejects.toMatchObject({ code: 'ArchiveGap', detail: `the archive lacks ${SOURCE}:4-5` })
    expect(await prepare(manifest('1-3'), { time: second(7), acrossGaps: true })).toMatchObject({
      expected: `${SOURCE}:1-3:6-7`,
    })
  })

  test('after the point does no harm', async () => {
    const keys = await storeSegments(store, writer, SEGMENTS)
    store.objects.delete(keys[3] ?? '')
    expect(await prepare(manifest('1-3'), { gtid: `${SOURCE}:7` })).toMatchObject({ expected: `${SOURCE}:1-6` })
  })

  test('at the end is noticed by what was said to be archived', async () => {
    const keys = await storeSegments(store, writer, SEGMENTS)
    store.objects.delete(keys[3] ?? '')
    reaches(100, '1-9')
    await expect(prepare(manifest('1-3'), { time: second(50) })).rejects.toMatchObject({
      code: 'ArchiveGap',
      detail: `the archive lacks ${SOURCE}:9`,
    })
    expect(await prepare(manifest('1-9'), { time: second(50) })).toMatchObject({ expected: `${SOURCE}:1-9` })
  })

  test('that the backup fills is none', async () => {
    await storeSegments(store, writer, [[4, 5]], set('1-3'), set('1-3'))
    expect(await prepare(manifest('1-3'), { time: second(100) })).toMatchObject({ expected: `${SOURCE}:1-5` })
    await expect(prepare(manifest('1-2'), { time: second(100) })).rejects.toEqual(coded('ArchiveGap'))
  })

  test('is what a segment leaves that was damaged', async () => {
    const keys = await storeSegments(store, writer, SEGMENTS)
    store.objects.get(keys[2] ?? '')?.set([1], 90)
    await expect(prepare(manifest('1-3'), { time: second(100) })).rejects.toEqual(coded('ArchiveGap'))
  })
})

test('segments that two wrote at once are replayed as they are, and count once', async () => {
  await storeSegments(store, writer, [[1], [2], [3, 4]])
  await storeSegments(store, createSegmentWriter(undefined, '11111111'), [[1], [2, 3], [4, 5]])
  reaches(100)
  expect(await prepare(manifest('1'), { time: second(100) })).toMatchObject({ expected: `${SOURCE}:1-5` })
})
