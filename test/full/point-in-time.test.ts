import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { formatGtidSet, parseGtidSet, subtract } from '../../src/domain/gtid.ts'
import { backupsIn, openGateway } from '../e2e/stage/backups.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { condition, declare, eventually, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp, writeThroughFailover } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'
import type { Gateway } from '../support/gateway.ts'

const namespace = 'e2e-point'
const shop = { namespace, name: 'shop' }
const storage = { size: '1Gi', onDelete: 'Delete' }
const RPO_MS = 30_000
const story = stories(namespace)
const backups = backupsIn(namespace, shop.name)

let gateway: Gateway
beforeAll(async () => {
  gateway = await openGateway(namespace)
}, 300_000)
afterAll(() => gateway.stop())

const stores = () => [{ name: 'offsite', s3: { ...gateway.location, prefix: 'e2e', caSecret: 'store-ca' } }]

interface Seen {
  readonly through?: string
  readonly source?: string
  readonly archived?: string
  readonly skipped?: string
}

/** What the pod that archives says of itself. */
const archived = async (): Promise<Seen | undefined> => {
  const labels = { 'app.kubernetes.io/name': 'mysql-archiver', 'app.kubernetes.io/instance': shop.name }
  const pods = await kubernetes.list('Pod', namespace, labels)
  const ip = pods.find(({ metadata }) => !metadata.deletionTimestamp)?.status?.podIP
  if (!ip) return undefined
  const answer = await fetch(`http://${ip}:8080/state`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
  return answer?.ok ? ((await answer.json()) as Seen) : undefined
}
/** Waits until all that was committed before now is archived. Resolves with the milliseconds that it took. */
const archivedByNow = async (): Promise<number> => {
  const now = Date.now()
  let seen: Seen | undefined
  await eventually(
    'the archive of all until now',
    90,
    async () => {
      seen = await archived()
      return Date.parse(seen?.through ?? '') >= now ? true : undefined
    },
    () => seen,
  )
  return Date.now() - now
}

const executed = async (): Promise<string> => {
  const [row] = await asApp(shop, 'primary', ['SELECT @@GLOBAL.gtid_executed AS gtids'])
  return String(row?.['gtids'])
}
const write = (id: number, note: string): Promise<void> =>
  writeThroughFailover(shop, `REPLACE INTO kept VALUES (${id}, '${note}')`)
const rowsOf = async (name: string): Promise<unknown> =>
  (await eventuallyAsApp({ namespace, name }, 'any', 'SELECT id, note FROM kept ORDER BY id')).map(({ id, note }) => [
    id,
    note,
  ])

/** A cluster of one from the backup, up to a point. */
const restored = async (name: string, point: object): Promise<unknown> => {
  await declare({ namespace, name }, { size: 1, storage, restoreFrom: { backup: 'base', ...point } })
  await healthy({ namespace, name }, 300)
  const rows = await rowsOf(name)
  await kubectl('-n', namespace, 'delete', 'mysqlcluster', name, '--timeout=180s')
  return rows
}

let noon = ''
let disaster = ''
let atNoon: unknown
let beforeDisaster: unknown

story('the log is archived from a replica, and what is written is there within the time that may be lost', async () => {
  await declare(shop, { size: 3, storage, backup: { stores: stores(), pointInTime: {} } })
  await healthy(shop)
  await asApp(shop, 'primary', ['CREATE TABLE kept (id INT PRIMARY KEY, note VARCHAR(200))'])
  await write(1, 'before the backup')
  await backups.ask('base')
  expect(await backups.ended('base')).toMatchObject({ phase: 'Completed' })
  await write(2, 'after the backup')
  expect(await archivedByNow()).toBeLessThan(RPO_MS)
  const primary = (await read(shop))?.status?.primary ?? ''
  const seen = await eventually('a replica that is read', 60, async () => {
    const found = await archived()
    return found?.source && !found.source.startsWith(`${primary}.`) ? found : undefined
  })
  expect(formatGtidSet(subtract(parseGtidSet(await executed()), parseGtidSet(seen.archived ?? '')))).toBe('')
  expect((await read(shop))?.status?.archive).toMatchObject({ store: 'offsite' })
})

story(
  'a store that is gone is told by the condition and an event, and so is its return; nothing is missing then',
  async () => {
    const isTold = (status: string) =>
      until(shop, status, (cluster) => condition(cluster, 'ArchiveHealthy') === status, 150)
    const reasons = (): Promise<string> =>
      kubectl('-n', namespace, 'get', 'events.events.k8s.io', '-o', 'jsonpath={.items[*].reason}')
    await isTold('True')
    await rename(gateway.directory, `${gateway.directory}-away`)
    await write(8, 'while the store was away')
    const told = await isTold('False')
    expect(told.status?.conditions?.find(({ type }) => type === 'ArchiveHealthy')).toMatchObject({
      reason: 'ArchiveFailing',
      message: expect.stringContaining('BucketMissing'),
    })
    expect(told.status?.phase).toBe('Healthy')
    expect(await reasons()).toContain('ArchiveFailing')
    await rename(`${gateway.directory}-away`, gateway.directory)
    await isTold('True')
    expect(await archivedByNow()).toBeLessThan(RPO_MS)
    expect(await reasons()).toMatch(/\bArchiving\b/)
  },
)

story('the archive goes on through the loss of the member that it reads, and of the primary', async () => {
  for (const [id, who] of [
    [3, (await archived())?.source?.split('.')[0] ?? ''],
    [4, (await read(shop))?.status?.primary ?? ''],
  ] as const) {
    await kubectl('-n', namespace, 'delete', 'pod', who, '--grace-period=0', '--force')
    await write(id, `while ${id} was away`)
    expect(await archivedByNow()).toBeLessThan(90_000)
    await healthy(shop)
  }
  await write(5, 'in the morning')
  atNoon = await rowsOf(shop.name)
  noon = String((await asApp(shop, 'primary', ["SELECT DATE_FORMAT(NOW(6), '%Y-%m-%dT%H:%i:%s.%fZ') AS t"]))[0]?.['t'])
  await write(6, 'in the afternoon')
  beforeDisaster = await rowsOf(shop.name)
  const before = parseGtidSet(await executed())
  await asApp(shop, 'primary', ['DELETE FROM kept'])
  disaster = formatGtidSet(subtract(parseGtidSet(await executed()), before))
  await write(7, 'after the disaster')
  await archivedByNow()
})

story('a cluster is made as it was at a time, and as it was before a transaction', async () => {
  expect(await restored('noon', { time: noon })).toEqual(atNoon)
  expect(await restored('undone', { beforeGtid: disaster })).toEqual(beforeDisaster)
})

story('a restore goes neither beyond what the archive is known to reach, nor across a gap', async () => {
  const refused = async (name: string, words: string): Promise<void> => {
    const key = { namespace, name }
    await declare(key, { size: 1, storage, restoreFrom: { backup: 'base', time: new Date().toISOString() } })
    const cluster = await until(key, 'the refusal', ({ status }) => status?.phase === 'Blocked')
    expect(cluster.status?.message).toContain(words)
    await kubectl('-n', namespace, 'delete', 'mysqlcluster', name, '--timeout=180s')
  }
  await refused('late', 'it reaches to')
  const directory = join(gateway.directory, 'e2e', (await read(shop))?.status?.archive?.path ?? '')
  const segments = (await readdir(directory)).filter((name) => name.endsWith('.binlog')).toSorted()
  const segment = segments.at(-2) ?? 'none'
  await rm(join(directory, segment))
  await refused('broken', 'the archive lacks')
})
