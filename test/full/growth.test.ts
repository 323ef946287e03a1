import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from '@jest/globals'
import { STORAGE_CLASS } from '../../deploy/local/settings.ts'
import { objectNames } from '../../src/domain/names.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { imprint } from '../e2e/stage/imprint.ts'
import { declare, healthy, type Key, read, until } from '../e2e/stage/mysqlcluster.ts'
import { stories } from '../e2e/stage/story.ts'
import { startWriting } from '../e2e/stage/writer.ts'

const namespace = 'e2e-growth'
const key = { namespace, name: 'roomy' }
const story = stories(namespace)
const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }
const FIXED = 'e2e-growth-fixed'

const declareWith = (cluster: Key, members: number, size: string, more: object = {}) =>
  declare(cluster, { size: members, resources, storage: { size, onDelete: 'Delete', ...more } })
const sizeOf = (cluster: Key, size: string) =>
  until(cluster, `all volumes have ${size}`, ({ status }) => status?.storage?.size === size, 120)
const capacities = async ({ name }: Key, members: number) =>
  Promise.all(
    Array.from({ length: members }, async (_, ordinal) => {
      const claim = await kubernetes.get('PersistentVolumeClaim', { namespace, name: objectNames(name).claim(ordinal) })
      return claim?.status?.capacity?.['storage']
    }),
  )
/** MiB of the file system on which mysqld has its data. */
const roomIn = async (pod: string): Promise<number> => {
  const told = await kubectl('-n', namespace, 'exec', pod, '-c', 'mysqld', '--', 'df', '-Pm', '/var/lib/mysql')
  return Number(told.split('\n')[1]?.split(/\s+/)[1])
}
const setUid = async () => (await kubernetes.get('StatefulSet', key))?.metadata.uid

story('volumes grow while writes go on, without a restart, and so do those of members that come later', async () => {
  await declareWith(key, 3, '1Gi')
  await healthy(key)
  const [before, old] = [await imprint(key), await setUid()]
  const writer = await startWriting(key, 'growing')
  await declareWith(key, 3, '2Gi')
  await sizeOf(key, '2Gi')
  await healthy(key)
  await writer.goesOn()
  await writer.stop()
  expect(writer.refused).toEqual([])
  expect(await capacities(key, 3)).toEqual(['2Gi', '2Gi', '2Gi'])
  for (const { name } of before.pods) expect(await roomIn(name)).toBeGreaterThan(1536)
  expect((await imprint(key)).pods).toEqual(before.pods)
  expect(await setUid()).not.toBe(old)
  expect((await read(key))?.status?.timeline?.map(({ what }) => what)).toContain('growVolumes')
  await declareWith(key, 4, '2Gi')
  await healthy(key, 400)
  expect(await capacities(key, 4)).toEqual(['2Gi', '2Gi', '2Gi', '2Gi'])
})

story('the same size written otherwise changes nothing', async () => {
  const old = await setUid()
  await declareWith(key, 4, '2048Mi')
  await sizeOf(key, '2048Mi')
  await healthy(key)
  expect(await setUid()).toBe(old)
})

/** One like that of all others, but for this. */
const makeFixedClass = async (): Promise<void> => {
  const { provisioner, reclaimPolicy } = JSON.parse(await kubectl('get', 'storageclass', STORAGE_CLASS, '-o', 'json'))
  const kind = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: FIXED } }
  const file = join(await mkdtemp(join(tmpdir(), 'growth-')), 'class.json')
  await writeFile(file, JSON.stringify({ ...kind, provisioner, reclaimPolicy, allowVolumeExpansion: false }))
  await kubectl('apply', '-f', file)
  await rm(dirname(file), { recursive: true })
}
const blocked = (cluster: Key) =>
  until(cluster, 'it is refused', ({ status }) =>
    (status?.conditions ?? []).some(({ type, reason }) => type === 'Healthy' && reason === 'VolumeNotExpandable'),
  )

story(
  'a StorageClass that lets no volume grow is told of; the old size can be put back, and a mended class is found',
  async () => {
    const small = { namespace, name: 'tight' }
    await makeFixedClass()
    try {
      await declareWith(small, 1, '1Gi', { storageClassName: FIXED })
      await healthy(small)
      await declareWith(small, 1, '2Gi', { storageClassName: FIXED })
      const { status } = await blocked(small)
      expect(status).toMatchObject({ phase: 'Blocked', availableReplicas: 1, storage: { size: '1Gi' } })
      expect(status?.message).toMatch(/^spec\.storage\.size: data-tight-0: /)
      await declareWith(small, 1, '1Gi', { storageClassName: FIXED })
      await healthy(small)
      await declareWith(small, 1, '2Gi', { storageClassName: FIXED })
      await blocked(small)
      await kubectl('patch', 'storageclass', FIXED, '-p', '{"allowVolumeExpansion":true}')
      await sizeOf(small, '2Gi')
      await healthy(small)
    } finally {
      await kubectl('delete', 'storageclass', FIXED, '--wait=false')
    }
  },
)
