import { beforeEach, describe, expect, test } from '@jest/globals'
import { metricsOf } from '../../src/agent/archive-server.ts'
import type { ArchiveState } from '../../src/agent/archiver.ts'
import type { AgentPorts } from '../../src/agent/backup.ts'
import { type Manifest, ManifestSchema, saidBy } from '../../src/agent/manifest.ts'
import { keepPruned, prune } from '../../src/agent/prune.ts'
import { createSealer } from '../../src/agent/sealing.ts'
import { createSegmentWriter } from '../../src/agent/segments.ts'
import type { Clock } from '../../src/clock.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { memoryStore, NONE, PATH, storeSegments } from '../support/archive.ts'
import { SOURCE } from '../support/binlog-bytes.ts'

const HOUR = 3_600_000
const KEY = Buffer.alloc(32, 7)
const CLUSTER = { namespace: 'default', name: 'shop', uid: '5f0f3a64-0000-4000-8000-000000000000' }

const manifestOf = (gtids: string, cluster = CLUSTER): Manifest =>
  ManifestSchema.parse({
    v: 1,
    ...{ cluster, backup: { name: 'b', uid: 'b' }, donor: 'shop-1', version: '9.7.0' },
    gtids: gtids === '' ? '' : `${SOURCE}:${gtids}`,
    ...{ startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:01:00Z' },
    ...{ files: 1, bytes: 1, storedBytes: 1, parts: [{ key: 'data-1/000001', bytes: 1, sha256: '0'.repeat(64) }] },
    tools: { node: '24', zstd: '1' },
  })

let store: ReturnType<typeof memoryStore>
/** Transactions are committed in the first seconds of 1970. */
let now: number
const clock: Clock = { now: () => now, after: () => () => undefined }
let ports: AgentPorts

const backUp = (name: string, manifest: Manifest): void =>
  void store.objects.set(`default/shop/${name}/manifest.json`, Buffer.from(JSON.stringify(manifest)))
const numbers = (): readonly number[] =>
  [...store.objects.keys()].filter((key) => key.startsWith(PATH)).map((key) => Number(key.slice(PATH.length + 1, -16)))

beforeEach(async () => {
  store = memoryStore()
  now = 2 * HOUR
  ports = { store, clock, say: () => undefined }
  await storeSegments(store, createSegmentWriter(), [[1, 2], [3], [4, 5], [6]])
})

describe('of an archive', () => {
  test('what every backup holds goes, and what one of them lacks stays', async () => {
    backUp('old', manifestOf('1-3'))
    backUp('new', manifestOf('1-5'))
    expect(await prune(ports, PATH)).toBe(2)
    expect(numbers()).toEqual([3, 4])
    expect(await prune(ports, PATH)).toBe(0)
    store.objects.delete('default/shop/old/manifest.json')
    expect(await prune(ports, PATH)).toBe(1)
    expect(numbers()).toEqual([4])
  })

  test.each([
    ['without a backup', undefined, 4],
    ['beside a backup of a cluster of the same name before it', manifestOf('1-6', { ...CLUSTER, uid: 'another' }), 4],
    ['beside a backup that holds a part of the first segment', manifestOf('1'), 4],
    ['beside a backup that holds later ones, and lacks the first', manifestOf('2-6'), 4],
    ['whose newest segment is in the backup', manifestOf('1-6'), 1],
  ])('%s, so much is left', async (_, manifest, left) => {
    if (manifest) backUp('one', manifest)
    await prune(ports, PATH)
    expect(numbers()).toHaveLength(left)
    expect(numbers()).toContain(4)
  })

  test('what was committed within the last hour stays: a backup that is under way may need it', async () => {
    backUp('one', manifestOf('1-6'))
    now = HOUR + 3_500
    expect(await prune(ports, PATH)).toBe(2)
    expect(numbers()).toEqual([3, 4])
  })

  test('a broken segment stays, and keeps no other one', async () => {
    backUp('one', manifestOf('1-5'))
    const [first = ''] = [...store.objects.keys()]
    store.objects.set(first, Buffer.from('broken'))
    expect(await prune(ports, PATH)).toBe(2)
    expect(numbers()).toEqual([1, 4])
  })

  test('nothing goes beside a manifest that cannot be read: what it needs is not known', async () => {
    backUp('good', manifestOf('1-6'))
    store.objects.set('default/shop/bad/manifest.json', Buffer.from('{'))
    await expect(prune(ports, PATH)).rejects.toThrow('is no manifest')
    expect(numbers()).toHaveLength(4)
  })
})

describe('of an archive whose store encrypts', () => {
  const sealed = (manifest: Manifest, said = saidBy(manifest)): Manifest => ({
    ...manifest,
    encryption: createSealer(KEY).describe(said),
  })

  beforeEach(async () => {
    store.objects.clear()
    ports = { ...ports, key: KEY }
    await storeSegments(store, createSegmentWriter(KEY), [[1, 2], [3], [4, 5], [6]])
  })

  test('the segments go that a backup holds', async () => {
    backUp('one', sealed(manifestOf('1-3')))
    expect(await prune(ports, PATH)).toBe(2)
  })

  test('nothing goes when a manifest says more than what was sealed, or is not sealed at all', async () => {
    backUp('forged', sealed(manifestOf('1-6'), saidBy(manifestOf('1'))))
    await expect(prune(ports, PATH)).rejects.toMatchObject({ code: 'BackupBroken' })
    backUp('forged', manifestOf('1-6'))
    await expect(prune(ports, PATH)).rejects.toMatchObject({ code: 'BackupBroken' })
    expect(numbers()).toHaveLength(4)
  })
})

test('an archive is pruned once an hour, and a store that refuses is told of and asked again', async () => {
  backUp('one', manifestOf('1-3'))
  const stop = new AbortController()
  const [told, state]: [string[], ArchiveState] = [[], { known: NONE, skipped: NONE, segments: 0, bytes: 0 }]
  let [rounds, refusals] = [0, 1]
  const passing: Clock = {
    now: () => now,
    after(ms, work) {
      expect(ms).toBe(HOUR)
      rounds += 1
      if (rounds === 3) stop.abort()
      const handle = setImmediate(work)
      return () => clearImmediate(handle)
    },
  }
  const refusing = {
    ...store,
    async list(prefix: string) {
      refusals -= 1
      if (refusals >= 0) throw new OperatorError('StoreDenied', 'wrong credentials')
      return store.list(prefix)
    },
  }
  const say = (doing: string, done: object): void => void told.push(`${doing} ${JSON.stringify(done)}`)
  await keepPruned({ store: refusing, clock: passing, say }, PATH, state, stop.signal)
  expect(told).toEqual([
    'nothing was removed {"why":"wrong credentials"}',
    'removed what no backup needs {"segments":2}',
  ])
  expect(metricsOf(state, now).split('\n')).toContain('mysql_archiver_pruned_segments 2')
})
