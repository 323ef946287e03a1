import { describe, expect, test } from '@jest/globals'
import { createArchiveProgress } from '../../src/agent/archive-progress.ts'
import { metricsOf, reportOf } from '../../src/agent/archive-server.ts'
import { type ArchiveState, archive, type LogMembers } from '../../src/agent/archiver.ts'
import { createSegmentWriter, readSegment } from '../../src/agent/segments.ts'
import { createEventParser } from '../../src/binlog/event.ts'
import type { Clock } from '../../src/clock.ts'
import type { LogMember } from '../../src/domain/archive.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { contains, formatGtidSet, type GtidSet, parseGtidSet } from '../../src/domain/gtid.ts'
import type { ObjectStore } from '../../src/objectstore/port.ts'
import { memoryStore, NONE, PATH, storeSegments, transaction } from '../support/archive.ts'
import * as made from '../support/binlog-bytes.ts'

const set = (text: string): GtidSet => parseGtidSet(text === '' ? '' : `${made.SOURCE}:${text}`)
const member = (host: string, role: string, executed: string, purged = ''): LogMember => ({
  ...{ host, state: 'ONLINE', role },
  ...{ executed: set(executed), purged: set(purged) },
})
/** Time that passes where it is waited for, after all that is under way. */
const passing = (): Clock => {
  let now = Date.UTC(2026, 0, 1)
  return {
    now: () => now,
    after(ms, work) {
      const handle = setImmediate(() => {
        now += ms
        work()
      })
      return () => clearImmediate(handle)
    },
  }
}
/** Each transaction fills a segment of its own. */
const LIMITS = { maxBytes: 1, maxAgeMs: 1_000 }
const lost = (host: string): OperatorError => new OperatorError('MemberUnreachable', `${host}: the stream broke off`)

/** Members that have logged so many transactions. Each stream ends as `ends` says; the one after the last ends the archive. */
const world = (members: readonly LogMember[], logged: number, ends: readonly (number | 'rest')[]) => {
  const stop = new AbortController()
  const asked: string[] = []
  const log: LogMembers = {
    look: async () => ({ members, silent: [] }),
    async *stream(host, known) {
      const end = ends[asked.length]
      asked.push(`${host} beyond ${formatGtidSet(known)}`)
      const parse = createEventParser('crc32')
      yield parse(made.format())
      for (let number = 1; number <= logged; number += 1) {
        if (contains(known, set(`${number}`))) continue
        const events = transaction(number)
        if (number === end) {
          yield parse(events[0] ?? Buffer.alloc(0))
          throw lost(host)
        }
        for (const event of events) yield parse(event)
      }
      stop.abort()
      yield parse(made.heartbeat())
    },
  }
  return { log, stop: stop.signal, asked }
}

const run = async (
  { log, stop }: ReturnType<typeof world>,
  store: ObjectStore,
  limits = LIMITS,
  say: (doing: string, done: object) => void = () => undefined,
): Promise<ArchiveState> => {
  const state: ArchiveState = { known: NONE, skipped: NONE, segments: 0, bytes: 0 }
  const ports = { store, clock: passing(), members: log, say }
  await archive(ports, PATH, state, stop, limits)
  return state
}
const stored = (store: ReturnType<typeof memoryStore>): readonly string[] =>
  [...store.objects]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, body]) => {
      const { head, before, gtids } = readSegment(key, body)
      return `${head.number}: ${formatGtidSet(gtids)} after ${formatGtidSet(before)}`.replaceAll(`${made.SOURCE}:`, '')
    })
const replica = member('b', 'SECONDARY', '1-4')

describe('an archive', () => {
  test('is made of segments that follow one another, to the last transaction', async () => {
    const store = memoryStore()
    const state = await run(world([replica], 4, ['rest']), store)
    expect(stored(store)).toEqual(['1: 1 after ', '2: 2 after 1', '3: 3 after 1-2', '4: 4 after 1-3'])
    expect(formatGtidSet(state.known)).toBe(`${made.SOURCE}:1-4`)
    expect(state).toMatchObject({ segments: 4, source: 'b' })
  })

  test('goes on with another member where the first was lost, with no transaction twice, and none that was cut', async () => {
    const store = memoryStore()
    const there = world([replica], 4, [3, 'rest'])
    await run(there, store)
    expect(stored(store)).toEqual(['1: 1 after ', '2: 2 after 1', '3: 3 after 1-2', '4: 4 after 1-3'])
    expect(there.asked).toEqual(['b beyond ', `b beyond ${made.SOURCE}:1-2`])
  })

  test('is gone on with by another process, from what is stored', async () => {
    const store = memoryStore()
    await storeSegments(store, createSegmentWriter(undefined, '00000000'), [[1], [2]])
    await run(world([replica], 4, ['rest']), store)
    expect(stored(store)).toEqual(['1: 1 after ', '2: 2 after 1', '3: 3 after 1-2', '4: 4 after 1-3'])
  })

  test('has a last segment that was damaged once more', async () => {
    const store = memoryStore()
    const [, last = ''] = await storeSegments(store, createSegmentWriter(undefined, '00000000'), [[1], [2]])
    store.objects.set(last, Buffer.from('damaged'))
    await run(world([replica], 3, ['rest']), store)
    store.objects.delete(last)
    expect(stored(store)).toEqual(['1: 1 after ', '3: 2 after 1', '4: 3 after 1-2'])
  })

  test('goes on without what nobody has any more, and each segment tells of it', async () => {
    const store = memoryStore()
    await storeSegments(store, createSegmentWriter(undefined, '00000000'), [[1]])
    const state = await run(world([member('b', 'SECONDARY', '1-4', '1-3')], 4, ['rest']), store)
    expect(stored(store)).toEqual(['1: 1 after ', '2: 4 after 1-3'])
    expect(formatGtidSet(state.skipped)).toBe(`${made.SOURCE}:2-3`)
    const [, [key = '', body = Buffer.alloc(0)] = []] = [...store.objects].toSorted(([a], [b]) => (a < b ? -1 : 1))
    expect(readSegment(key, body).head.skipped).toBe(`${made.SOURCE}:2-3`)
  })

  test('of a store that refuses a segment has no later one without it', async () => {
    const store = memoryStore()
    let refusals = 1
    const refusing: ObjectStore = {
      ...store,
      async put(key, body) {
        if (store.objects.size === 1 && refusals > 0) {
          refusals -= 1
          throw new OperatorError('StoreDenied', 'once')
        }
        return store.put(key, body)
      },
    }
    await run(world([replica], 4, ['rest', 'rest']), refusing)
    expect(stored(store)).toEqual(['1: 1 after ', '2: 2 after 1', '3: 3 after 1-2', '4: 4 after 1-3'])
  })
})

test('a store that refuses is told of, and tried again', async () => {
  const store = memoryStore()
  const told: object[] = []
  let refusals = 2
  const refusing: ObjectStore = {
    ...store,
    async list(prefix) {
      refusals -= 1
      if (refusals >= 0) throw new OperatorError('StoreDenied', 'wrong credentials')
      return store.list(prefix)
    },
  }
  const state = await run(world([replica], 2, ['rest']), refusing, LIMITS, (doing, done) =>
    told.push({ doing, ...done }),
  )
  expect(told.slice(0, 2)).toEqual([
    { doing: 'waiting', code: 'StoreDenied', detail: 'wrong credentials' },
    expect.objectContaining({ doing: 'archived' }),
  ])
  expect(stored(store)).toEqual(['1: 1 after ', '2: 2 after 1'])
  expect(state.trouble).toBeUndefined()
})

test('what is archived, and what is wrong, is told as figures', () => {
  const state: ArchiveState = { known: set('1-9'), skipped: set('2-3'), segments: 1, bytes: 9, source: 'b' }
  expect(reportOf(state)).toMatchObject({
    v: 1,
    source: 'b',
    skipped: `${made.SOURCE}:2-3`,
    archived: `${made.SOURCE}:1-9`,
  })
  expect(metricsOf(state, 5_000)).not.toContain('mysql_archiver_lag_seconds')
  const figures = metricsOf({ ...state, through: 3_500, trouble: { code: 'StoreDenied', message: 'no' } }, 5_000)
  for (const line of [
    'mysql_archiver_lag_seconds 1.5',
    'mysql_archiver_failing 1',
    'mysql_archiver_skipped_transactions 2',
  ])
    expect(figures.split('\n')).toContain(line)
})

test('what is archived is known by time: that of the newest look whose transactions are all there', () => {
  const progress = createArchiveProgress()
  progress.saw(set('1-3'), 1_000)
  expect(progress.through).toBeUndefined()
  progress.saw(set('1-5'), 2_000)
  progress.holds(set('1-4'))
  expect(progress.through).toBe(1_000)
  progress.holds(set('1-5'))
  expect(progress.through).toBe(2_000)
  progress.saw(set('1-5'), 3_000)
  expect(progress.through).toBe(3_000)
})
