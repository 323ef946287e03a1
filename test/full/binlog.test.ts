import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BinlogEvent } from '../../src/binlog/event.ts'
import { askMember, type LogView, streamOf } from '../../src/binlog/member.ts'
import type { Segment } from '../../src/binlog/segment.ts'
import { createSegmenter } from '../../src/binlog/segmenter.ts'
import { contains, count, formatGtidSet, type GtidSet, isEmpty, parseGtidSet, subtract } from '../../src/domain/gtid.ts'
import { bareMembers } from '../e2e/stage/bare-members.ts'
import { watching } from '../support/mysql-bench.ts'

const LIMIT_MS = 10 * 60_000
const NONE: GtidSet = new Map()
const REQUEST = { serverId: 3_000_000_001, uuid: '3e11fa47-71ca-11e1-9e33-c80aa9429562', heartbeatMs: 1_000 }
const bench = bareMembers()
const { whole, join, says } = watching(bench)

beforeAll(async () => {
  await bench.start()
  await says(0, 'answers', 120, () => true)
  await bench.mysql.bootstrap(bench.address(0), bench.access, bench.seeds, bench.group)
  for (const member of [1, 2]) {
    await says(member, 'answers', 120, () => true)
    await join(member, 0)
    await says(member, 'is ONLINE', 120, ({ pod, rows }) =>
      rows.some((row) => row.pod === pod && row.state === 'ONLINE'),
    )
  }
  await whole()
  await bench.prepare(0)
}, LIMIT_MS)
afterAll(() => bench.end(), LIMIT_MS)

const view = async (member: number): Promise<LogView> => {
  const asked = askMember(bench.address(member), bench.archive)
  const answer = await asked.look()
  asked.close()
  if (!answer) throw new Error(`member ${member} does not answer`)
  return answer
}

/** What a member sends beyond `known`, up to the end of what it has, as one segment. */
const readAll = async (member: number, known: GtidSet): Promise<Segment | undefined> => {
  const segmenter = createSegmenter(known, { maxBytes: 2 ** 30, maxAgeMs: 2 ** 30 })
  for await (const event of streamOf(bench.address(member), bench.archive, { ...REQUEST, known, follow: false }))
    segmenter.take(event, 0)
  return segmenter.close()
}
const shown = (set: GtidSet | undefined): string => formatGtidSet(set ?? NONE)
const rows = async (member: number, some: number): Promise<void> => {
  for (let row = 0; row < some; row += 1) expect(await bench.write(member)).toBe('Acknowledged')
}

test('a segment of a stream holds exactly the transactions that the member has, GTID for GTID', async () => {
  const before = await view(0)
  const began = Date.now()
  await rows(0, 50)
  const after = await view(0)
  const written = subtract(after.executed, before.executed)
  expect(count(written)).toBe(50)
  const segment = await readAll(0, before.executed)
  expect(shown(segment?.gtids)).toBe(shown(written))
  expect(segment).toMatchObject({ transactions: 50 })
  expect((segment?.firstCommit ?? 0) / 1000).toBeGreaterThan(began - 1_000)
  expect((segment?.lastCommit ?? 0) / 1000).toBeLessThan(Date.now() + 1_000)
  const all = await readAll(0, NONE)
  expect(shown(all?.gtids)).toBe(shown(after.executed))
})

test('what a replica sends is the same, and its commits have the times of the primary', async () => {
  const { executed } = await view(0)
  await says(1, 'has it all', 30, ({ holds }) => contains(parseGtidSet(holds), executed))
  const [one, two] = [await readAll(0, NONE), await readAll(1, NONE)]
  expect(shown(two?.gtids)).toBe(shown(one?.gtids))
  expect(two).toMatchObject({ transactions: one?.transactions, lastCommit: one?.lastCommit })
})

test('a stream that follows brings what is written later, and heartbeats while nothing is', async () => {
  const { executed } = await view(1)
  const stream = streamOf(bench.address(1), bench.archive, { ...REQUEST, known: executed, follow: true })
  const segmenter = createSegmenter(executed, { maxBytes: 2 ** 30, maxAgeMs: 2 ** 30 })
  const next = async (is: (event: BinlogEvent) => boolean): Promise<void> => {
    for (;;) {
      const { value, done } = await stream.next()
      if (done || !value) throw new Error('the stream ended')
      segmenter.take(value, 0)
      if (is(value)) return
    }
  }
  await next(({ kind }) => kind === 'heartbeat')
  await rows(0, 5)
  for (let seen = 0; seen < 5; seen += 1) await next(({ kind }) => kind === 'commit')
  await next(({ kind }) => kind === 'heartbeat')
  await stream.return()
  const segment = segmenter.close()
  expect(shown(segment?.gtids)).toBe(shown(subtract((await view(0)).executed, executed)))
})

test('what a member has purged it cannot send, and says so; another one can', async () => {
  await bench.purge(1)
  const { purged } = await view(1)
  expect(isEmpty(purged)).toBe(false)
  await expect(readAll(1, NONE)).rejects.toMatchObject({ code: 'BinlogPurged' })
  await expect(readAll(1, purged)).resolves.not.toThrow()
  const segment = await readAll(2, NONE)
  expect(contains(segment?.gtids ?? NONE, purged)).toBe(true)
})

test('logs without checksums are read alike', async () => {
  await bench.statements(0, ['SET GLOBAL binlog_checksum = NONE'])
  const { executed } = await view(0)
  await rows(0, 5)
  const segment = await readAll(0, executed)
  expect(shown(segment?.gtids)).toBe(shown(subtract((await view(0)).executed, executed)))
  await bench.statements(0, ['SET GLOBAL binlog_checksum = CRC32'])
})

test('another password is refused, and so is a member that another authority vouches for', async () => {
  const stream = streamOf(
    bench.address(0),
    { ...bench.archive, password: 'another' },
    { ...REQUEST, known: NONE, follow: false },
  )
  await expect(stream.next()).rejects.toMatchObject({ code: 'MemberRefused' })
  const foreign = { ...bench.archive, authority: '' }
  const untrusting = streamOf(bench.address(0), foreign, { ...REQUEST, known: NONE, follow: false })
  await expect(untrusting.next()).rejects.toMatchObject({ code: 'MemberUnreachable' })
})
