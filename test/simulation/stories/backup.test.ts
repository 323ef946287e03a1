import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { parseBackup } from '../../../activities/backups.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup.ts'
import { contains, parseGtidSet } from '../../../src/domain/gtid.ts'
import { CLUSTER, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(60_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const begun = async (): Promise<SimWorld> => {
  const world = await stories.begin({ backups: true })
  await untilGood(world)
  return world
}
const ask = ({ kubernetes }: SimWorld, name: string, spec: object = {}): void => {
  const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata: { namespace: NAMESPACE, name } }
  kubernetes.objects.create({ ...object, ...{ spec: { clusterName: CLUSTER, ...spec } } }, 'person')
}
const backupOf = ({ kubernetes }: SimWorld, name: string) =>
  parseBackup(kubernetes.objects.get(BACKUP_KIND, { namespace: NAMESPACE, name }))
const jobs = ({ kubernetes }: SimWorld) => kubernetes.objects.list('Job', NAMESPACE)
const jobPods = ({ kubernetes }: SimWorld) =>
  kubernetes.objects.list('Pod', NAMESPACE).filter(({ metadata }) => metadata.name.includes('-backup-'))

test('a backup holds all that was acknowledged before it was asked for, and nothing else is left of it', async () => {
  const world = await begun()
  const [primary] = world.mysql.members().filter(({ role }) => role === 'PRIMARY')
  await Promise.all([world.mysql.write(primary?.ip ?? ''), world.time.runUntil(world.time.now() + 1_000)])
  const before = world.mysql.acknowledged()
  ask(world, 'nightly')
  await until(world, 'it is completed', () => backupOf(world, 'nightly')?.status?.phase === 'Completed')
  const { donor, gtids = '', path, parts = 0 } = backupOf(world, 'nightly')?.status ?? {}
  expect(donor).not.toBe(primary?.pod)
  expect(contains(parseGtidSet(gtids), before)).toBe(true)
  expect([...world.store.objects.keys()].filter((key) => key.startsWith(`${path}/`))).toHaveLength(parts + 1)
  await until(world, 'nothing is left', () => jobs(world).length + jobPods(world).length === 0)
})

test('a backup whose pod dies is made by another one', async () => {
  const world = await begun()
  ask(world, 'nightly')
  await until(world, 'its pod runs', () => jobPods(world).some(({ status }) => status?.phase === 'Running'))
  const [pod] = jobPods(world)
  world.kubernetes.faults.deletePod({ namespace: NAMESPACE, name: pod?.metadata.name ?? '' })
  await until(world, 'it is completed', () => backupOf(world, 'nightly')?.status?.phase === 'Completed')
  const { path } = backupOf(world, 'nightly')?.status ?? {}
  expect([...world.store.objects.keys()].filter((key) => key.startsWith(`${path}/data-1/`))).toEqual([])
  await until(world, 'nothing is left', () => jobs(world).length + jobPods(world).length === 0)
})

test.each([
  ['Delete', 0],
  ['Retain', 4],
])('a backup that is deleted goes, and by the policy %s there are %i objects left', async (deletionPolicy, left) => {
  const world = await begun()
  ask(world, 'nightly', { deletionPolicy })
  await until(world, 'it is completed', () => backupOf(world, 'nightly')?.status?.phase === 'Completed')
  world.kubernetes.objects.delete(BACKUP_KIND, { namespace: NAMESPACE, name: 'nightly' }, { by: 'person' })
  await until(world, 'it is gone', () => backupOf(world, 'nightly') === undefined && jobs(world).length === 0)
  expect(world.store.objects.size).toBe(left)
})
