import { expect, test } from '@jest/globals'
import type { VerificationOutcome } from '../../activities/verify.ts'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_KIND, type MySQLBackupStatus } from '../../crds/mysqlbackup.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { verifyJobName } from '../../src/domain/backup.ts'
import { CLUSTER } from '../support/snapshots.ts'
import { makeCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { ownPod } from './stage/work.ts'

const stage = useApiServer()

/** A backup that is made, of a cluster whose objects are made, and that is to be verified. */
const made = async () => {
  const { ref, activities } = await makeCluster(stage())
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ownPod.metadata.namespace } }
  await stage().ask('POST', '/api/v1/namespaces', home)
  await stage().kubernetes.create(ownPod)
  await activities.applyObjects(ref)
  const metadata = { namespace: ref.namespace, name: 'nightly' }
  const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata }
  await stage().kubernetes.create({ ...object, spec: { clusterName: CLUSTER, verify: true } } as never)
  const time = '2026-01-01T00:00:00Z'
  const status = {
    ...{ phase: 'Completed', path: 'a/b', startedAt: time, finishedAt: time },
    location: { volume: { claimName: 'backups' } },
  }
  await stage().kubernetes.apply({ ...object, status } as never, { manager: 'test', subresource: 'status' })
  const read = () => stage().kubernetes.get(BACKUP_KIND, metadata)
  const backup = { name: 'nightly', uid: (await read())?.metadata.uid ?? '' }
  const statusOf = async () => (await read())?.['status'] as MySQLBackupStatus
  return {
    ...{ ref, activities, backup, statusOf },
    asked: async () => (await activities.gather(ref))?.backups?.map(({ name }) => name) ?? [],
    verified: async () => (await statusOf()).conditions?.find(({ type }) => type === 'Verified'),
    job: () => stage().kubernetes.get('Job', { namespace: ref.namespace, name: verifyJobName(CLUSTER, backup, 1) }),
  }
}

test('a backup that is made and not yet verified is seen to, and not made once more', async () => {
  const { ref, activities, backup, asked, verified, job } = await made()
  expect(await asked()).toEqual(['nightly'])
  expect(await activities.beginBackup(ref, { backup, number: 1 })).toEqual({ kind: 'Made' })
  expect(await activities.beginVerification(ref, { backup, number: 1 })).toEqual({ kind: 'Begun' })
  expect(await verified()).toMatchObject({ status: 'Unknown', reason: 'Verifying' })
  expect((await job())?.spec?.template.spec?.initContainers?.map(({ name }) => name)).toEqual(['unpack', 'mysql'])
})

test.each<[string, VerificationOutcome, { status: string; reason: string }]>([
  [
    'it is proven',
    { kind: 'Verified', proof: { checked: 40, compared: 2, rows: 9 } },
    { status: 'True', reason: 'Verified' },
  ],
  [
    'it is broken',
    { kind: 'Failed', code: 'BackupBroken', message: 'BackupBroken: a part', again: false },
    { status: 'False', reason: 'BackupBroken' },
  ],
  [
    'nobody could find out',
    { kind: 'Failed', code: 'NoRoom', message: 'NoRoom: it is too large', again: false },
    { status: 'Unknown', reason: 'NoRoom' },
  ],
])('when %s that stands on the backup, and it is not looked at again', async (_, outcome, expected) => {
  const { ref, activities, backup, asked, verified, job, statusOf } = await made()
  await activities.beginVerification(ref, { backup, number: 1 })
  await activities.endVerification(ref, backup, outcome)
  expect(await verified()).toMatchObject(expected)
  expect([await asked(), await job()]).toEqual([[], undefined])
  const told = await statusOf()
  await activities.endVerification(ref, backup, { kind: 'Failed', code: 'AgentFailed', message: 'late', again: false })
  expect(await statusOf()).toEqual(told)
  const last = (await stage().kubernetes.get(KIND, ref))?.['status'] as { lastVerifiedBackup?: { name: string } }
  expect(last.lastVerifiedBackup?.name).toBe(outcome.kind === 'Verified' ? 'nightly' : undefined)
})
