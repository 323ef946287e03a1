import { beforeEach, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { KEPT_ANNOTATION, objectNames, POD_NAME_LABEL, selectorLabels } from '../../src/domain/names.ts'
import { PLAIN } from '../support/clusters.ts'
import { CLUSTER, grouped, podName, primary, RECORD } from '../support/snapshots.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const names = objectNames(CLUSTER)
const OLD = [{ id: 'archive-0a', at: 1 }]
const YOUNG = { id: 'aside-7', at: Date.parse('2999-01-01T00:00:00Z') }
const MERGE = { contentType: 'application/merge-patch+json' } as const

let cluster: TestCluster
beforeEach(async () => {
  cluster = await makeCluster(stage(), { ...PLAIN, size: 1 })
  const { ref, activities } = cluster
  const { namespace } = ref
  const { kubernetes } = stage()
  await activities.applyObjects(ref)
  const labels = selectorLabels(CLUSTER)
  await kubernetes.create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace, name: names.claim(0), labels, annotations: { [KEPT_ANNOTATION]: JSON.stringify(OLD) } },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  } as never)
  const containers = [{ name: 'mysqld', image: 'mysql:8.0' }]
  const metadata = { namespace, name: podName(0), labels }
  await kubernetes.create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: 'node', containers } } as never)
  const conditions = [{ type: 'Ready', status: 'True' }]
  const status = { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }], conditions }
  await stage().ask('PATCH', `/api/v1/namespaces/${namespace}/pods/${podName(0)}/status`, { status }, MERGE)
  const record = { apiVersion: API_VERSION, kind: KIND, metadata: ref, status: { group: RECORD } }
  await kubernetes.apply(record as never, { manager: 'us', subresource: 'status' })
  const selector = { [POD_NAME_LABEL]: podName(0) }
  await kubernetes.patch('Service', { namespace, name: names.primary }, { spec: { selector } })
  cluster.members = [grouped(0, [primary(0)], { copy: { state: 'None' } })]
})

const job = () => stage().kubernetes.get('Job', { namespace: cluster.ref.namespace, name: `${CLUSTER}-expiry-0` })
const kept = async (): Promise<unknown> => {
  const [claim] = await stage().kubernetes.list('PersistentVolumeClaim', cluster.ref.namespace, selectorLabels(CLUSTER))
  return JSON.parse(claim?.metadata.annotations?.[KEPT_ANNOTATION] ?? 'null')
}
const keep = (things: readonly object[]) =>
  stage().kubernetes.patch(
    'PersistentVolumeClaim',
    { namespace: cluster.ref.namespace, name: names.claim(0) },
    { metadata: { annotations: { [KEPT_ANNOTATION]: JSON.stringify(things) } } },
  )
const events = async (): Promise<readonly string[]> => {
  const { body } = await stage().ask('GET', `/apis/events.k8s.io/v1/namespaces/${cluster.ref.namespace}/events`)
  return (body['items'] as readonly { reason: string }[]).map(({ reason }) => reason)
}
/** As the controller of Jobs would. */
const end = async (...types: readonly string[]): Promise<void> => {
  const conditions = types.map((type) => ({ type, status: 'True' }))
  const at = new Date().toISOString()
  const done = types.includes('Complete') ? { completionTime: at, succeeded: 1 } : { failed: 1 }
  const path = `/apis/batch/v1/namespaces/${cluster.ref.namespace}/jobs/${CLUSTER}-expiry-0/status`
  const { status } = await stage().ask('PATCH', path, { status: { startTime: at, ...done, conditions } }, MERGE)
  expect(status).toBe(200)
}
const expire = () => cluster.activities.expireKept(cluster.ref, podName(0))

test('what was kept for long is removed by a Job, told of, and off the record; what is younger stays', async () => {
  await keep([...OLD, YOUNG])
  expect(await expire()).toEqual({ kind: 'Begun' })
  expect((await job())?.spec?.template.spec).toMatchObject({ nodeName: 'node' })
  expect(await expire()).toEqual({ kind: 'UnderWay' })
  expect(await kept()).toEqual([...OLD, YOUNG])
  await end('SuccessCriteriaMet', 'Complete')
  expect(await expire()).toEqual({ kind: 'Removed' })
  expect(await kept()).toEqual([YOUNG])
  expect(await events()).toContain('KeptRemoved')
  await expect(expire()).rejects.toMatchObject({ type: 'GateClosed' })
})

test('a Job that fails is told of, and what is kept counts from then on', async () => {
  await expire()
  await end('FailureTarget', 'Failed')
  expect(await expire()).toEqual({ kind: 'Failed' })
  expect(await kept()).toEqual([{ id: 'archive-0a', at: expect.any(Number) }])
  expect(await kept()).not.toEqual(OLD)
  expect(await events()).toContain('KeptNotRemoved')
})

test('nothing is begun while a member is silent', async () => {
  cluster.members = []
  await expect(expire()).rejects.toMatchObject({ type: 'GateClosed' })
  expect(await job()).toBeUndefined()
})
