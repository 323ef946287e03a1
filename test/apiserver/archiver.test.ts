import { expect, test } from '@jest/globals'
import { keepArchiver } from '../../activities/archiver.ts'
import { parseCluster } from '../../activities/cluster.ts'
import type { Ports } from '../../activities/ports.ts'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_KIND } from '../../crds/mysqlbackup.ts'
import { KIND, type MySQLCluster } from '../../crds/mysqlcluster.ts'
import { systemClock } from '../../src/clock.ts'
import type { ArchiveReport } from '../../src/domain/archive-report.ts'
import { archiverLabels } from '../../src/domain/objects/archiver.ts'
import { PLAIN } from '../support/clusters.ts'
import { A } from '../support/gtid-sets.ts'
import { CLUSTER } from '../support/snapshots.ts'
import { makeCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { ownPod } from './stage/work.ts'

const stage = useApiServer()
const DISK = { stores: [{ name: 'disk', volume: { claimName: 'backups' } }] }
const S3 = { stores: [{ name: 'far', s3: { bucket: 'backups', credentialsSecret: 'store' } }] }
const REPORT: ArchiveReport = { v: 1, source: 'db-1', through: '2026-01-01T00:00:00.000Z', segments: 1, bytes: 1 }

/** A cluster whose archive says this of itself. */
const archiving = async (backup: object, report?: ArchiveReport) => {
  let told = report
  const { kubernetes } = stage()
  const { ref, change } = await makeCluster(stage(), { ...PLAIN, backup } as never)
  const { namespace } = ref
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ownPod.metadata.namespace } }
  await stage().ask('POST', '/api/v1/namespaces', home)
  await kubernetes.create(ownPod)
  const status = {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace, name: CLUSTER },
    status: { phase: 'Healthy' },
  }
  await kubernetes.apply(status as never, { manager: 'test', subresource: 'status' })
  const ports = {
    ...{ kubernetes, clock: systemClock, domain: 'cluster.local', instance: 'test' },
    operatorNamespace: ownPod.metadata.namespace,
    askArchive: async () => told,
  } as Partial<Ports> as Ports
  const read = async (): Promise<MySQLCluster> => {
    const found = await kubernetes.get(KIND, ref)
    if (!found) throw new Error('the cluster is gone')
    return parseCluster(found)
  }
  const keep = async (): Promise<MySQLCluster> => {
    const cluster = await read()
    await keepArchiver(ports, { ref, spec: cluster.spec, domain: 'cluster.local' }, cluster)
    return read()
  }
  const pod = async (): Promise<void> => {
    const metadata = { namespace, name: 'archiver', labels: archiverLabels(CLUSTER) }
    await kubernetes.create({ ...ownPod, metadata } as never)
    const status = { phase: 'Running', podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }] }
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: 'archiver' }, status }
    await kubernetes.apply(object as never, { manager: 'kubelet', subresource: 'status' })
  }
  const key = { namespace, name: `${CLUSTER}-archiver` }
  return {
    ...{ change, keep, pod },
    tell(now: ArchiveReport) {
      told = now
    },
    async events(): Promise<readonly string[]> {
      const { body } = await stage().ask('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)
      const { items } = body as { items: { action: string; type: string; reason: string }[] }
      return items.filter(({ action }) => action === 'Archive').map(({ type, reason }) => `${type} ${reason}`)
    },
    made: () =>
      Promise.all([kubernetes.get('Deployment', key), kubernetes.get('NetworkPolicy', key)]).then(
        ([deployment, policy]) => ({ deployment, policy }),
      ),
    backups: () => kubernetes.list(BACKUP_KIND, namespace, {}),
  }
}

test('the pod that archives is made where it is asked for, told of its members and its place, and removed again', async () => {
  const { keep, made, change } = await archiving({ ...DISK, pointInTime: {} })
  const cluster = await keep()
  const { deployment, policy } = await made()
  const env = deployment?.spec?.template.spec?.containers[0]?.env
  const task = JSON.parse(env?.find(({ name }) => name === 'TASK')?.value ?? '')
  const path = `${cluster.metadata.namespace}/${CLUSTER}/binlog-${cluster.metadata.uid.slice(0, 8)}`
  expect(task).toMatchObject({ path, location: { volume: { claimName: 'backups' } } })
  expect(task.hosts).toHaveLength(cluster.spec.size)
  expect(policy).toBeDefined()
  expect(cluster.status?.archive).toEqual({ store: 'disk', path })
  await change({ backup: { pointInTime: null } } as never)
  expect((await keep()).status?.archive).toBeUndefined()
  expect((await made()).deployment).toBeUndefined()
})

test('a store that lacks its Secret is put on record, and no pod is made', async () => {
  const { keep, made } = await archiving({ ...S3, pointInTime: { store: 'far' } })
  expect((await keep()).status?.archive).toMatchObject({ store: 'far', trouble: { code: 'StoreDenied' } })
  expect((await made()).deployment).toBeUndefined()
})

test('what the pod tells is put on record', async () => {
  const { keep, pod } = await archiving({ ...DISK, pointInTime: {} }, REPORT)
  await pod()
  expect((await keep()).status?.archive).toMatchObject({ through: REPORT.through, source: 'db-1' })
})

test('a gap is put on record, and closed by one backup that nobody has to ask for', async () => {
  const { keep, pod, backups } = await archiving({ ...DISK, pointInTime: {} }, { ...REPORT, skipped: `${A}:1-7` })
  await pod()
  expect((await keep()).status?.archive?.gap).toBe(`${A}:1-7`)
  await keep()
  expect((await backups()).map(({ spec }) => spec)).toEqual([
    expect.objectContaining({ clusterName: CLUSTER, store: 'disk' }),
  ])
})

test('a condition says whether the archive gets on, and an event when that changes', async () => {
  const { keep, pod, tell, events } = await archiving({ ...DISK, pointInTime: {} })
  const condition = async () => {
    const { status, reason } = (await keep()).status?.conditions?.find(({ type }) => type === 'ArchiveHealthy') ?? {}
    return { status, reason }
  }
  const well = () => ({ ...REPORT, through: new Date().toISOString() })
  expect(await condition()).toEqual({ status: 'Unknown', reason: 'ArchiveBegins' })
  await pod()
  tell(well())
  expect(await condition()).toEqual({ status: 'True', reason: 'Archiving' })
  tell({ ...well(), trouble: { code: 'StoreFull', message: 'no room is left' } })
  expect(await condition()).toEqual({ status: 'False', reason: 'ArchiveFailing' })
  expect(await condition()).toEqual({ status: 'False', reason: 'ArchiveFailing' })
  tell(well())
  expect(await condition()).toEqual({ status: 'True', reason: 'Archiving' })
  expect((await events()).toSorted()).toEqual(['Normal Archiving', 'Normal Archiving', 'Warning ArchiveFailing'])
})
