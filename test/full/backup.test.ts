import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_KIND, type MySQLBackupStatus } from '../../crds/mysqlbackup.ts'
import { NODE_ADDRESS } from '../../deploy/local/settings.ts'
import { kubectl, kubernetes, temporal } from '../e2e/stage/cluster.ts'
import { declare, eventually, gone, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'

const namespace = 'e2e-backup'
const shop = { namespace, name: 'shop' }
const storage = { size: '1Gi', onDelete: 'Delete' }
const story = stories(namespace)

let gateway: Gateway
const s3 = () => ({ ...gateway.location, prefix: 'e2e', caSecret: 'store-ca' })

beforeAll(async () => {
  gateway = await startGateway(NODE_ADDRESS)
  const secret = (name: string, stringData: object) =>
    kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData } as never)
  await secret('store', {
    AWS_ACCESS_KEY_ID: gateway.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: gateway.credentials.secretAccessKey,
  })
  await secret('store-ca', { 'ca.crt': gateway.authority })
}, 300_000)
afterAll(() => gateway.stop())

const askBackup = (name: string, spec: object = {}): Promise<unknown> =>
  kubernetes.create({
    apiVersion: API_VERSION,
    kind: BACKUP_KIND,
    metadata: { namespace, name },
    spec: { clusterName: shop.name, ...spec },
  } as never)

const statusOf = async (name: string): Promise<MySQLBackupStatus | undefined> =>
  (await kubernetes.get(BACKUP_KIND, { namespace, name }))?.['status'] as MySQLBackupStatus | undefined

/** How a backup ended. */
const ended = (name: string): Promise<MySQLBackupStatus> => {
  let seen: MySQLBackupStatus | undefined
  return eventually(
    `the end of ${name}`,
    300,
    async () => {
      seen = await statusOf(name)
      return seen?.phase === 'Completed' || seen?.phase === 'Failed' ? seen : undefined
    },
    () => seen,
  )
}

/** The Jobs of backups and restores, their pods, and the claims of those. */
const leftovers = (): Promise<string> =>
  kubectl('-n', namespace, 'get', 'job,pod,pvc', '-l', 'app.kubernetes.io/name=mysql-job', '-o', 'name')
/** What a Job was made with is collected soon after the Job was removed. */
const nothingIsLeft = () =>
  eventually('the end of the Jobs', 60, async () => ((await leftovers()) === '' ? true : undefined))

const ROWS = 'SELECT COUNT(*) AS n, SUM(id) AS total, SHA2(GROUP_CONCAT(note ORDER BY id), 256) AS notes FROM kept'
const rowsOf = async (key: typeof shop): Promise<unknown> => (await eventuallyAsApp(key, 'any', ROWS))[0]

let rows: unknown

story('a backup of a cluster with rows is in the store, and nothing is left of what it was made with', async () => {
  const stores = [
    { name: 'offsite', s3: s3() },
    { name: 'mistyped', s3: { ...s3(), bucket: 'no-such-bucket' } },
    { name: 'nearby', volume: { claimName: 'backups' } },
  ]
  await declare(shop, { size: 3, storage, backup: { stores } })
  await healthy(shop)
  await asApp(shop, 'primary', [
    'CREATE TABLE kept (id INT PRIMARY KEY, note VARCHAR(200))',
    'INSERT INTO kept WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, REPEAT(SHA2(i, 256), 3) FROM n',
  ])
  rows = await rowsOf(shop)
  await askBackup('first')
  const status = await ended('first')
  expect(status).toMatchObject({ phase: 'Completed', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  expect(status.donor).not.toBe((await read(shop))?.status?.primary)
  expect(status.gtids).toContain((await read(shop))?.metadata.uid)
  const directory = join(gateway.directory, 'e2e', status.path ?? '')
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
  expect(manifest).toMatchObject({ gtids: status.gtids, storedBytes: status.storedBytes })
  expect(await readdir(join(directory, 'data-1'))).toHaveLength(status.parts ?? 0)
  await nothingIsLeft()
})

story('a backup whose pod is deleted begins again, and completes', async () => {
  await askBackup('interrupted')
  const pod = await eventually('the pod that copies', 60, async () => {
    const [found] = await kubernetes.list('Pod', namespace, { 'app.kubernetes.io/name': 'mysql-job' })
    return found?.status?.initContainerStatuses?.[0]?.state?.running ? found.metadata.name : undefined
  })
  await kubectl('-n', namespace, 'delete', 'pod', pod, '--wait=false')
  const status = await ended('interrupted')
  expect(status).toMatchObject({ phase: 'Completed' })
  expect(await readdir(join(gateway.directory, 'e2e', status.path ?? ''))).toEqual(['data-2', 'manifest.json'])
  await nothingIsLeft()
})

story('a bucket that does not exist is told of, and nothing is left of the try', async () => {
  await askBackup('mistyped', { store: 'mistyped' })
  expect(await ended('mistyped')).toMatchObject({
    phase: 'Failed',
    message: expect.stringMatching(/^BucketMissing: no-such-bucket.*NoSuchBucket/),
  })
  await nothingIsLeft()
})

story('a backup is on a volume', async () => {
  await kubernetes.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace, name: 'backups' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  } as never)
  await askBackup('nearby', { store: 'nearby' })
  expect(await ended('nearby')).toMatchObject({ phase: 'Completed', location: { volume: { claimName: 'backups' } } })
})

story('a signal makes a backup; one that names no store fails with the reason', async () => {
  const id = (await read(shop))?.status?.workflow?.id ?? ''
  await temporal('workflow', 'signal', '-w', id, '--name', 'backup', '--input', '{"store":"nowhere"}')
  const name = await eventually('the MySQLBackup', 30, async () => {
    const found = await kubernetes.list(BACKUP_KIND, namespace, {})
    return found.find(({ metadata }) => metadata.name.startsWith('shop-backup-'))?.metadata.name
  })
  expect(await ended(name)).toMatchObject({ phase: 'Failed', message: expect.stringContaining('no store nowhere') })
  await nothingIsLeft()
})

story('the cluster is deleted with its data, and another one is made from the backup', async () => {
  await kubectl('-n', namespace, 'delete', 'mysqlcluster', shop.name, '--timeout=180s')
  await gone(shop)
  const restored = { namespace, name: 'again' }
  await declare(restored, { size: 3, storage, restoreFrom: { backup: 'first' } })
  await until(restored, 'the restore', ({ status }) => status?.phase === 'Restoring')
  await healthy(restored, 420)
  expect(await rowsOf(restored)).toEqual(rows)
  expect((await read(restored))?.status?.restore).toMatchObject({ gtids: (await statusOf('first'))?.gtids })
  await asApp(restored, 'primary', ["INSERT INTO kept VALUES (1000, 'written after the restore')"])
  await nothingIsLeft()
  await kubectl('-n', namespace, 'delete', 'mysqlcluster', restored.name, '--timeout=180s')
})

story('a cluster of one is made from the backup on the volume', async () => {
  const restored = { namespace, name: 'nearby' }
  await declare(restored, { size: 1, storage, restoreFrom: { backup: 'nearby' } })
  await healthy(restored, 300)
  expect(await rowsOf(restored)).toEqual(rows)
  await kubectl('-n', namespace, 'delete', 'mysqlcluster', restored.name, '--timeout=180s')
})

story('a byte that was flipped in the store is told of, and no member is made from it', async () => {
  const { path = '' } = (await statusOf('first')) ?? {}
  const part = join(gateway.directory, 'e2e', path, 'data-1', '000001')
  const body = await readFile(part)
  const at = Math.floor(body.length / 2)
  body.writeUInt8(body.readUInt8(at) ^ 1, at)
  await writeFile(part, body)
  const damaged = { namespace, name: 'damaged' }
  await declare(damaged, { size: 1, storage, restoreFrom: { store: { s3: s3() }, path } })
  const cluster = await until(damaged, 'the refusal', ({ status }) => status?.phase === 'Blocked')
  expect(cluster.status?.message).toContain('was changed: its SHA-256 is another one')
  expect(cluster.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Healthy', status: 'False', reason: 'BackupBroken' }),
  )
  const members = 'app.kubernetes.io/name=mysql,app.kubernetes.io/instance=damaged'
  expect(await kubectl('-n', namespace, 'get', 'pods', '-l', members, '-o', 'name')).toBe('')
})
