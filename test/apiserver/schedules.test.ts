import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_KIND } from '../../crds/mysqlbackup.ts'
import { KIND, PLURAL } from '../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../crds/mysqlcluster-status.ts'
import { scheduleId } from '../../src/domain/names.ts'
import { type Declared, manifest, PLAIN } from '../support/clusters.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const stores = [{ name: 'disk', volume: { claimName: 'backups' } }]
const nightly = { name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin' }
const declared = (...schedules: readonly object[]): Declared => ({ ...PLAIN, backup: { stores, schedules } })

const statusOf = async ({ ref }: TestCluster): Promise<MySQLClusterStatus> =>
  ((await stage().kubernetes.get(KIND, ref))?.['status'] ?? {}) as MySQLClusterStatus
const health = async (cluster: TestCluster) =>
  (await statusOf(cluster)).conditions?.find(({ type }) => type === 'BackupHealthy')

/** A cluster whose objects are made, and the one schedule that it has. */
const scheduled = async (over: object = {}) => {
  const cluster = await makeCluster(stage(), declared({ ...nightly, ...over }))
  cluster.schedules.nextAt = Date.now() + 3_600_000
  await cluster.activities.applyObjects(cluster.ref)
  const id = scheduleId(cluster.ref, 'nightly')
  return { cluster, id, kept: () => cluster.schedules.kept.get(id) }
}

describe('a schedule that is declared', () => {
  test('is made, with what it is to do, and the cluster is told to be backed up', async () => {
    const { cluster, kept } = await scheduled()
    expect(kept()?.wanted).toMatchObject({
      ...{ cron: '0 3 * * *', timeZone: 'Europe/Berlin', suspend: false },
      input: { ref: cluster.ref, schedule: 'nightly' },
    })
    expect(await health(cluster)).toMatchObject({ status: 'True', reason: 'BackedUp' })
    expect((await statusOf(cluster)).schedules).toMatchObject([
      { name: 'nightly', dueAt: new Date(cluster.schedules.nextAt).toISOString() },
    ])
  })

  test('follows its declaration, and is removed with it', async () => {
    const { cluster, id, kept } = await scheduled()
    await cluster.change({ backup: { stores, schedules: [{ ...nightly, cron: '30 4 * * *', suspend: true }] } })
    await cluster.activities.applyObjects(cluster.ref)
    expect(kept()).toMatchObject({ wanted: { cron: '30 4 * * *' }, paused: true })
    await cluster.change({ backup: { stores, schedules: [] } })
    await cluster.activities.applyObjects(cluster.ref)
    expect(cluster.schedules.kept.has(id)).toBe(false)
    expect(await health(cluster)).toBeUndefined()
    expect((await statusOf(cluster)).schedules ?? []).toEqual([])
  })

  test('is put back when somebody has changed or deleted it, and stays paused when a person has paused it', async () => {
    const { cluster, id, kept } = await scheduled()
    cluster.schedules.kept.delete(id)
    await cluster.activities.applyObjects(cluster.ref)
    expect(kept()).toBeDefined()
    Object.assign(kept() ?? {}, { paused: true, changed: 'cron' })
    await cluster.activities.applyObjects(cluster.ref)
    expect(kept()).not.toHaveProperty('changed')
    expect(kept()?.paused).toBe(true)
  })

  test('that Temporal does not understand is told of, and holds up nothing else', async () => {
    const cluster = await makeCluster(stage(), declared({ ...nightly, cron: '99 3 * * *' }))
    expect(await cluster.activities.applyObjects(cluster.ref)).toMatchObject({ kind: 'Applied' })
    expect(await health(cluster)).toMatchObject({
      ...{ status: 'False', reason: 'ScheduleRefused' },
      message: expect.stringContaining('Invalid cron string'),
    })
  })

  test('goes with its cluster', async () => {
    const { cluster } = await scheduled()
    await cluster.delete()
    await cluster.activities.finalise(cluster.ref)
    expect(cluster.schedules.kept.size).toBe(0)
  })
})

describe('what a schedule does', () => {
  const end = async ({ ref }: TestCluster, name: string, phase: string, minute: number): Promise<void> => {
    const time = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
    const status = { phase, startedAt: time, finishedAt: time }
    const metadata = { namespace: ref.namespace, name }
    const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata, status }
    await stage().kubernetes.apply(object as never, { manager: 'test', subresource: 'status' })
  }

  test('is a MySQLBackup whose objects go with it, once however often it is asked for', async () => {
    const { cluster } = await scheduled({ verify: true })
    const asked = await cluster.activities.askScheduled(cluster.ref, 'nightly', 'shop-nightly-1')
    expect(await cluster.activities.askScheduled(cluster.ref, 'nightly', 'shop-nightly-1')).toEqual(asked)
    const found = await stage().kubernetes.get(BACKUP_KIND, {
      namespace: cluster.ref.namespace,
      name: 'shop-nightly-1',
    })
    expect(found?.['spec']).toMatchObject({ clusterName: cluster.ref.name, deletionPolicy: 'Delete', verify: true })
  })

  test('ends with the removal of what is too much, of its own alone, and with what is known of the last ones', async () => {
    const { cluster } = await scheduled({ retention: { count: 2 } })
    const { ref, activities } = cluster
    for (const [minute, name] of ['one', 'two', 'three'].entries()) {
      await activities.askScheduled(ref, 'nightly', name)
      await end(cluster, name, 'Completed', minute)
    }
    await activities.ask(ref, { kind: 'backup', name: 'by-hand', input: {} }, 'OrFail')
    await end(cluster, 'by-hand', 'Completed', 0)
    expect(await activities.retire(ref, 'nightly')).toEqual({ deleted: ['one'] })
    const names = (await stage().kubernetes.list(BACKUP_KIND, ref.namespace, {})).map(({ metadata }) => metadata.name)
    expect(names.toSorted()).toEqual(['by-hand', 'three', 'two'])
    expect(await statusOf(cluster)).toMatchObject({
      lastBackup: { name: 'three', phase: 'Completed', schedule: 'nightly' },
      lastGoodBackup: { name: 'three' },
    })
  })

  test('is told of as not healthy when it has failed', async () => {
    const { cluster } = await scheduled()
    await cluster.activities.askScheduled(cluster.ref, 'nightly', 'one')
    await end(cluster, 'one', 'Failed', 1)
    await cluster.activities.retire(cluster.ref, 'nightly')
    expect(await health(cluster)).toMatchObject({ status: 'False', reason: 'BackupFailed' })
  })

  test('is nothing once its cluster is gone, and the schedule goes, too', async () => {
    const { cluster, id } = await scheduled()
    await stage().kubernetes.patch(KIND, cluster.ref, { metadata: { finalizers: [] } })
    await cluster.delete()
    expect(await cluster.activities.askScheduled(cluster.ref, 'nightly', 'late')).toMatchObject({ kind: 'Over' })
    expect(cluster.schedules.kept.has(id)).toBe(false)
  })
})

test.each<[string, object, RegExp]>([
  ['has no time', { ...nightly, cron: 'at night' }, /must have five fields/],
  ['names a store that there is not', { ...nightly, store: 'moon' }, /schedules must name stores that are in stores/],
  ['keeps what is too old to tell', { ...nightly, retention: { age: '3 months' } }, /must be like 36h/],
  ['keeps nothing', { ...nightly, retention: { count: 0 } }, /count.*greater than or equal to 1/],
])('the API server refuses a schedule that %s', async (_, schedule, message) => {
  const path = `/apis/${API_VERSION}/namespaces/default/${PLURAL}`
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const { status, body } = await stage().ask('POST', path, manifest(declared(schedule)), { query })
  expect(status).toBe(422)
  expect(body.message).toMatch(message)
})
