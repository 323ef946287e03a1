import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { BACKUP_KIND } from '../../crds/mysqlbackup.ts'
import { backupsIn, openGateway } from '../e2e/stage/backups.ts'
import { kubectl, kubernetes, temporal } from '../e2e/stage/cluster.ts'
import { declare, eventually, gone, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'
import type { Gateway } from '../support/gateway.ts'

/** How a stream of zstd begins. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

const namespace = 'e2e-backup-proof'
const shop = { namespace, name: 'shop' }
const story = stories(namespace)
const { ask, ended, verified, statusOf } = backupsIn(namespace, shop.name)

let gateway: Gateway
const spec = (schedules: readonly object[] = []) => ({
  size: 1,
  storage: { size: '1Gi', onDelete: 'Delete' },
  backup: {
    stores: [
      { name: 'offsite', s3: { ...gateway.location, prefix: 'e2e', caSecret: 'store-ca' } },
      {
        name: 'sealed',
        s3: { ...gateway.location, prefix: 'sealed', caSecret: 'store-ca' },
        encryption: { keySecret: 'backup-key' },
      },
    ],
    schedules,
  },
})

beforeAll(async () => {
  gateway = await openGateway(namespace)
  await kubernetes.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'backup-key' },
    stringData: { key: randomBytes(32).toString('base64') },
  } as never)
}, 300_000)
afterAll(() => gateway.stop())

const leftovers = (): Promise<string> =>
  kubectl('-n', namespace, 'get', 'job,pod,pvc', '-l', 'app.kubernetes.io/name=mysql-job', '-o', 'name')
/** What a Job was made with is collected soon after the Job was removed. */
const nothingIsLeft = () =>
  eventually('the end of the Jobs', 60, async () => ((await leftovers()) === '' ? true : undefined))
const directoryOf = async (name: string): Promise<string> =>
  join(gateway.directory, 'e2e', (await statusOf(name))?.path ?? 'nowhere')
const conditionOf = async (name: string) => (await statusOf(name))?.conditions?.find(({ type }) => type === 'Verified')

story('a backup that is verified holds the rows that were copied', async () => {
  await declare(shop, spec())
  await healthy(shop)
  await asApp(shop, 'primary', [
    'CREATE TABLE kept (id INT PRIMARY KEY, note VARCHAR(200), made TIMESTAMP, facts JSON, `odd ``name` DOUBLE)',
    `INSERT INTO kept WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)
       SELECT i, REPEAT(SHA2(i, 256), 3), NOW(), JSON_OBJECT('i', i), i / 7 FROM n`,
    'CREATE TABLE `empty one` (a INT, b VARCHAR(9), PRIMARY KEY (b, a))',
  ])
  await ask('first', { verify: true })
  expect(await ended('first')).toMatchObject({ phase: 'Completed' })
  const { verification } = await verified('first')
  expect(await conditionOf('first')).toMatchObject({ status: 'True', reason: 'Verified' })
  expect(verification).toMatchObject({ tablesCompared: 2, rowsCompared: 900 })
  expect(verification?.tablesChecked).toBeGreaterThan(10)
  const manifest = JSON.parse(await readFile(join(await directoryOf('first'), 'manifest.json'), 'utf8'))
  expect(manifest.tables).toContainEqual({
    table: 'app.kept',
    rows: 900,
    checksum: expect.stringMatching(/^[0-9A-F]{16}$/),
  })
  await nothingIsLeft()
})

story('a byte that was flipped later is found when the backup is verified', async () => {
  await ask('damaged')
  await ended('damaged')
  const part = join(await directoryOf('damaged'), 'data-1', '000001')
  const body = await readFile(part)
  const at = Math.floor(body.length / 3)
  body.writeUInt8(body.readUInt8(at) ^ 4, at)
  await writeFile(part, body)
  await kubectl('-n', namespace, 'patch', 'mysqlbackup', 'damaged', '--type=merge', '-p', '{"spec":{"verify":true}}')
  await verified('damaged')
  expect(await conditionOf('damaged')).toMatchObject({ status: 'False', reason: 'BackupBroken' })
  await nothingIsLeft()
})

story(
  'a backup that is encrypted is proven with its key, and with another one no cluster is made from it',
  async () => {
    await ask('sealed', { store: 'sealed', verify: true })
    expect(await ended('sealed')).toMatchObject({ phase: 'Completed' })
    await verified('sealed')
    expect(await conditionOf('sealed')).toMatchObject({ status: 'True', reason: 'Verified' })
    const part = await readFile(
      join(gateway.directory, 'sealed', (await statusOf('sealed'))?.path ?? '', 'data-1', '000001'),
    )
    expect(part.subarray(0, 4)).not.toEqual(ZSTD)
    const other = JSON.stringify({ stringData: { key: randomBytes(32).toString('base64') } })
    await kubectl('-n', namespace, 'patch', 'secret', 'backup-key', '--type=merge', '-p', other)
    const again = { namespace, name: 'again' }
    await declare(again, { ...spec(), restoreFrom: { backup: 'sealed' } })
    const cluster = await until(again, 'the refusal', ({ status }) => status?.phase === 'Blocked')
    expect(cluster.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Healthy', status: 'False', reason: 'WrongKey' }),
    )
    await kubectl('-n', namespace, 'delete', 'mysqlcluster', again.name, '--timeout=120s')
  },
)

story('a backup that is deleted leaves what is in the store, or takes it along, as its policy says', async () => {
  const [kept, going] = [await directoryOf('first'), await directoryOf('damaged')]
  await kubectl('-n', namespace, 'delete', 'mysqlbackup', 'first', '--timeout=60s')
  expect(await readdir(kept)).toContain('manifest.json')
  await kubectl(
    '-n',
    namespace,
    'patch',
    'mysqlbackup',
    'damaged',
    '--type=merge',
    '-p',
    '{"spec":{"deletionPolicy":"Delete"}}',
  )
  await kubectl('-n', namespace, 'delete', 'mysqlbackup', 'damaged', '--timeout=120s')
  expect(await readdir(going).catch(() => [])).not.toContain('manifest.json')
  expect(await readdir(join(going, 'data-1')).catch(() => [])).toEqual([])
  await nothingIsLeft()
})

story('a schedule makes backups by itself, keeps as many as it should, and goes with its cluster', async () => {
  await kubectl(
    '-n',
    namespace,
    ...['patch', 'mysqlcluster', shop.name, '--type=merge', '-p'],
    JSON.stringify({ spec: { backup: spec([{ name: 'often', cron: '* * * * *', retention: { count: 1 } }]).backup } }),
  )
  const made = async () =>
    (await kubernetes.list(BACKUP_KIND, namespace, { 'example.com/schedule': 'often' })).map(
      ({ metadata }) => metadata.name,
    )
  const seen = new Set<string>()
  await eventually('a second backup, and the end of the first', 300, async () => {
    const now = await made()
    for (const name of now) seen.add(name)
    const [first = ''] = [...seen]
    return seen.size > 1 && !now.includes(first) ? true : undefined
  })
  const cluster = await until(shop, 'its backups', ({ status }) => status?.lastGoodBackup !== undefined)
  expect(cluster.status?.conditions).toContainEqual(expect.objectContaining({ type: 'BackupHealthy', status: 'True' }))
  const id = `${(await read(shop))?.status?.workflow?.id}/schedule/often`
  expect(await temporal('schedule', 'describe', '-s', id)).toContain('Skip')
  await kubectl('-n', namespace, 'delete', 'mysqlcluster', shop.name, '--timeout=180s')
  await gone(shop)
  await expect(temporal('schedule', 'describe', '-s', id)).rejects.toThrow(/not found/i)
})
