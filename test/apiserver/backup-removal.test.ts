import { expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_FINALIZER, BACKUP_KIND } from '../../crds/mysqlbackup.ts'
import { discardJobName } from '../../src/domain/backup.ts'
import { CLUSTER } from '../support/snapshots.ts'
import { makeCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { ownPod } from './stage/work.ts'

const stage = useApiServer()
const location = { volume: { claimName: 'backups' } }

/** A backup that was made and is deleted. */
const deleted = async (deletionPolicy: 'Retain' | 'Delete', phase: 'Completed' | 'Running' = 'Completed') => {
  const { ref, activities } = await makeCluster(stage())
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ownPod.metadata.namespace } }
  await stage().ask('POST', '/api/v1/namespaces', home)
  await stage().kubernetes.create(ownPod)
  const key = { namespace: ref.namespace, name: 'nightly' }
  const object = { apiVersion: API_VERSION, kind: BACKUP_KIND }
  await stage().kubernetes.create({
    ...object,
    metadata: { ...key, finalizers: [BACKUP_FINALIZER] },
    spec: { clusterName: CLUSTER, deletionPolicy },
  } as never)
  const status = { phase, location, path: `${ref.namespace}/${CLUSTER}/nightly-1` }
  await stage().kubernetes.apply({ ...object, metadata: key, status } as never, {
    manager: 'test',
    subresource: 'status',
  })
  const read = () => stage().kubernetes.get(BACKUP_KIND, key)
  const backup = { ...key, uid: (await read())?.metadata.uid ?? '' }
  const job = () => stage().kubernetes.get('Job', { namespace: ref.namespace, name: discardJobName(CLUSTER, backup) })
  await stage().kubernetes.delete(BACKUP_KIND, key)
  return { activities, backup, read, job, ref }
}

test('a backup that is to be retained goes at once when it is deleted, and no Job is made for it', async () => {
  const { activities, backup, read, job } = await deleted('Retain')
  expect(await read()).toBeDefined()
  expect(await activities.beginDiscard(backup)).toEqual({ kind: 'Over' })
  expect([await read(), await job()]).toEqual([undefined, undefined])
  expect(await activities.beginDiscard(backup)).toEqual({ kind: 'Over' })
})

test('a backup whose objects go with it is held until they are gone', async () => {
  const { activities, backup, read, job } = await deleted('Delete')
  expect(await activities.beginDiscard(backup)).toEqual({ kind: 'Begun' })
  const task = (await job())?.spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'TASK')?.value
  expect(JSON.parse(task ?? '')).toMatchObject({ kind: 'discard', what: 'All', location })
  expect(await read()).toBeDefined()
  expect(await activities.endDiscard(backup, 1, { kind: 'Removed', objects: 3 })).toEqual({ again: false })
  expect([await read(), await job()]).toEqual([undefined, undefined])
})

test('of a backup that was deleted half-way only leftovers are removed, whatever its policy', async () => {
  const { activities, backup, job } = await deleted('Retain', 'Running')
  expect(await activities.beginDiscard(backup)).toEqual({ kind: 'Begun' })
  const task = (await job())?.spec?.template.spec?.containers[0]?.env?.find(({ name }) => name === 'TASK')?.value
  expect(JSON.parse(task ?? '')).toMatchObject({ what: 'Leftovers' })
})

test('a backup whose objects cannot be removed says why, and goes all the same when that is hopeless', async () => {
  const { activities, backup, read, ref } = await deleted('Delete')
  const away = { kind: 'Failed', code: 'StoreUnreachable', detail: 'ECONNREFUSED' } as const
  expect(await activities.endDiscard(backup, 1, away)).toEqual({ again: true })
  expect(JSON.stringify((await read())?.['status'])).toContain('could not be removed from the store yet')
  expect(await activities.endDiscard(backup, 2, { ...away, hopeless: true })).toEqual({ again: false })
  expect(await read()).toBeUndefined()
  const events = await stage().kubernetes.list('Event', ref.namespace, {})
  expect(events.find(({ reason }) => reason === 'BackupObjectsLeft')).toMatchObject({
    type: 'Warning',
    regarding: { kind: BACKUP_KIND, name: backup.name, uid: backup.uid },
    note: expect.stringContaining('/nightly-1'),
  })
})

test('where the namespace is going, too, nothing is waited for', async () => {
  const { activities, backup, read, ref } = await deleted('Delete')
  await stage().ask('DELETE', `/api/v1/namespaces/${ref.namespace}`)
  const outcome = await activities.beginDiscard(backup)
  expect(outcome).toMatchObject({ kind: 'Failed', hopeless: true })
  expect(await activities.endDiscard(backup, 1, outcome)).toEqual({ again: false })
  expect(await read()).toBeUndefined()
})
