import { expect, test } from '@jest/globals'
import type { ArchiveReport } from '../../src/domain/archive-report.ts'
import { archivedOf, startArchiveLook } from '../../src/watcher/archives.ts'
import { createTime } from '../simulation/world/time.ts'
import { REF } from '../support/snapshots.ts'

const LOOK_MS = 30_000
const WELL = { v: 1, segments: 1, bytes: 1 } as const

/** Looks once for each of these, and notes what is told. `isHealthy`: what the status says meanwhile. */
const looking = async (
  reports: readonly ((now: number) => ArchiveReport | undefined)[],
  isHealthy: boolean,
): Promise<readonly string[]> => {
  const time = createTime(0)
  const told: string[] = []
  const end = new AbortController()
  let looks = 0
  startArchiveLook({
    clock: time,
    clusters: () => [{ ref: REF, isHealthy }],
    look: async () => reports[looks++]?.(time.now()),
    tell: (_, { why, objects }) => told.push(`${why}${objects ? '' : ', and nobody compares'}`),
    signal: end.signal,
  })
  await time.runUntil(LOOK_MS * reports.length + 1_000)
  end.abort()
  return told
}

const well = (now: number): ArchiveReport => ({ ...WELL, through: new Date(now - 5_000).toISOString() })
const late = (now: number): ArchiveReport => ({ ...WELL, through: new Date(now - 30_001).toISOString() })
const failing = (now: number): ArchiveReport => ({ ...well(now), trouble: { code: 'StoreFull', message: 'full' } })
const lacking = (now: number): ArchiveReport => ({ ...well(now), skipped: 'a:1-7' })
const silent = (): undefined => undefined
const broken = (): never => {
  throw new Error('503')
}

test('an archive that gets on is no news', async () => {
  expect(await looking([well, well, well], true)).toEqual([])
})

test('what befalls an archive is news once, and so is its end', async () => {
  expect(await looking([failing, failing, well, well], true)).toEqual([
    'the archive does not get on: StoreFull',
    'the archive gets on',
  ])
})

test.each([
  [late, 'the archive is behind'],
  [lacking, 'the archive lacks a:1-7'],
  [silent, 'the pod that archives does not answer'],
])('that it is behind, lacks something or is silent is news', async (report, news) => {
  expect(await looking([report, report], true)).toEqual([news])
})

test('a look that fails says nothing about the archive', async () => {
  expect(await looking([failing, broken, failing], true)).toEqual(['the archive does not get on: StoreFull'])
})

test('while the status does not say that all is well it is looked at again each time', async () => {
  expect(await looking([well, well], false)).toEqual(['the archive gets on', 'the archive gets on'])
})

test('only clusters whose binary log is archived are looked at', () => {
  const cluster = (spec: object, status: object = {}, metadata: object = {}) =>
    archivedOf({ metadata: { ...REF, ...metadata }, spec, status } as never)
  const pointInTime = { backup: { stores: [], pointInTime: {} } }
  const healthy = { conditions: [{ type: 'ArchiveHealthy', status: 'True' }] }
  expect(cluster({})).toBeUndefined()
  expect(cluster(pointInTime, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })).toBeUndefined()
  expect(cluster(pointInTime)).toEqual({ ref: REF, isHealthy: false })
  expect(cluster(pointInTime, healthy)).toEqual({ ref: REF, isHealthy: true })
})
