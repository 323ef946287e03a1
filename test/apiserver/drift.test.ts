import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { objectNames, POD_NAME_LABEL, SECRET_FINALIZER, selectorLabels } from '../../src/domain/names.ts'
import { moveWrites } from '../../src/observer/write-service.ts'
import { PLAIN } from '../support/clusters.ts'
import { CLUSTER, RECORD } from '../support/snapshots.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const names = objectNames(CLUSTER)

const key = ({ ref }: TestCluster, name: string) => ({ namespace: ref.namespace, name })

/** A cluster whose objects are there and whose group is on record. */
const formed = async (kubernetes = stage().kubernetes): Promise<TestCluster> => {
  const cluster = await makeCluster(stage(), PLAIN, { kubernetes })
  await cluster.activities.applyObjects(cluster.ref)
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: cluster.ref, status: { group: RECORD } }
  await stage().kubernetes.apply(object, { manager: 'test', subresource: 'status' })
  return cluster
}

const notes = async ({ ref }: TestCluster): Promise<readonly string[]> => {
  const events = await stage().kubernetes.list('Event', ref.namespace, {})
  return events.filter(({ reason }) => reason === 'DriftCorrected').map(({ note }) => note ?? '')
}

const secretData = async (cluster: TestCluster, name: string) =>
  (await stage().kubernetes.get('Secret', key(cluster, name)))?.data

describe('what others change is put back, and told of', () => {
  test('with the field manager that changed it, once', async () => {
    const cluster = await formed()
    const path = `/api/v1/namespaces/${cluster.ref.namespace}/services/${names.replicas}`
    const ports = [{ name: 'mysql', port: 3307, protocol: 'TCP', targetPort: 'mysql' }]
    const change = { apiVersion: 'v1', kind: 'Service', metadata: { name: names.replicas }, spec: { ports } }
    await stage().ask('PATCH', path, change, {
      query: { fieldManager: 'a-colleague' },
      contentType: 'application/strategic-merge-patch+json',
    })
    await stage().ask(
      'PATCH',
      path,
      { spec: { selector: { app: 'other' } } },
      {
        query: { fieldManager: 'a-script' },
        contentType: 'application/merge-patch+json',
      },
    )
    await cluster.activities.applyObjects(cluster.ref)
    await cluster.activities.applyObjects(cluster.ref)
    const service = await stage().kubernetes.get('Service', key(cluster, names.replicas))
    expect(service?.spec?.ports).toMatchObject([{ port: 3306 }])
    expect(service?.spec?.selector).not.toHaveProperty('app', 'other')
    expect(await notes(cluster)).toEqual([
      expect.stringMatching(/^Service shop-replicas was changed by field manager .*a-script \(spec\.selector/),
    ])
  })

  test('also when that comes between the look at it and its application', async () => {
    let meanwhile = async (): Promise<void> => undefined
    const cluster = await formed({
      ...stage().kubernetes,
      async apply(object, options) {
        if (object.metadata?.name === names.any) await meanwhile()
        return stage().kubernetes.apply(object, options)
      },
    })
    meanwhile = async () => {
      meanwhile = async () => undefined
      const path = `/api/v1/namespaces/${cluster.ref.namespace}/services/${names.any}`
      const how = { query: { fieldManager: 'a-script' }, contentType: 'application/merge-patch+json' } as const
      expect((await stage().ask('PATCH', path, { spec: { selector: { app: 'other' } } }, how)).status).toBe(200)
    }
    await cluster.activities.applyObjects(cluster.ref)
    const service = await stage().kubernetes.get('Service', key(cluster, names.any))
    expect(service?.spec?.selector).not.toHaveProperty('app')
    expect(await notes(cluster)).toEqual([expect.stringMatching(/^Service shop-any was .* a-script \(spec\.selector/)])
  })

  test('also a port that someone gave another number, under its name', async () => {
    const cluster = await formed()
    const ports = [{ name: 'mysql', port: 3307, protocol: 'TCP', targetPort: 'mysql' }]
    const path = `/api/v1/namespaces/${cluster.ref.namespace}/services/${names.replicas}`
    const how = { query: { fieldManager: 'a-colleague' }, contentType: 'application/merge-patch+json' } as const
    expect((await stage().ask('PATCH', path, { spec: { ports } }, how)).status).toBe(200)
    await cluster.activities.applyObjects(cluster.ref)
    await cluster.activities.applyObjects(cluster.ref)
    const service = await stage().kubernetes.get('Service', key(cluster, names.replicas))
    expect(service?.spec?.ports).toMatchObject([{ name: 'mysql', port: 3306 }])
    expect(service?.spec?.ports).toHaveLength(1)
    expect(await notes(cluster)).toEqual([expect.stringMatching(/a-colleague \(spec\.ports/)])
  })

  test('also the size of a StatefulSet that is otherwise left as it is', async () => {
    const cluster = await formed()
    await cluster.change({ image: 'mysql:9.9', size: 5 })
    await stage().kubernetes.patch('StatefulSet', key(cluster, names.statefulSet), { spec: { replicas: 4 } })
    await cluster.activities.applyObjects(cluster.ref)
    const statefulSet = await stage().kubernetes.get('StatefulSet', key(cluster, names.statefulSet))
    expect(statefulSet?.spec).toMatchObject({
      replicas: 3,
      template: { spec: { containers: [{ image: 'mysql:8.0' }] } },
    })
  })

  test('also labels that someone added to what the write Service selects by', async () => {
    const cluster = await formed()
    const { kubernetes } = stage()
    const at = key(cluster, names.primary)
    await kubernetes.patch('Service', at, { spec: { selector: { [POD_NAME_LABEL]: 'shop-1', app: 'other' } } })
    const service = await kubernetes.get('Service', at)
    expect(service && (await moveWrites(kubernetes, service, 'shop-1', '1:1'))).toBe(true)
    expect((await kubernetes.get('Service', at))?.spec?.selector).toEqual({ [POD_NAME_LABEL]: 'shop-1' })
  })

  test('with the name of what was deleted', async () => {
    const cluster = await formed()
    await stage().kubernetes.delete('Service', key(cluster, names.any))
    await cluster.activities.applyObjects(cluster.ref)
    expect(await stage().kubernetes.get('Service', key(cluster, names.any))).toBeDefined()
    expect(await notes(cluster)).toEqual(['Service shop-any was gone: made again.'])
  })

  test('also the labels of a pod on our volume, and not those of a pod of someone else', async () => {
    const cluster = await formed()
    const { namespace } = cluster.ref
    const pod = (ordinal: number, claimName: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: names.pod(ordinal), labels: { app: 'mine' } },
      spec: {
        containers: [{ name: 'mysqld', image: 'mysql:9.7' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
      },
    })
    await stage().kubernetes.create(pod(1, names.claim(1)))
    await stage().kubernetes.create(pod(2, 'another'))
    await cluster.activities.applyObjects(cluster.ref)
    const labels = async (ordinal: number) =>
      (await stage().kubernetes.get('Pod', key(cluster, names.pod(ordinal))))?.metadata.labels
    expect(await labels(1)).toMatchObject({ ...selectorLabels(CLUSTER), app: 'mine' })
    expect(await labels(2)).toEqual({ app: 'mine' })
    expect(await notes(cluster)).toEqual(['Pod shop-1 had lost its labels: put back.'])
  })

  test('and nothing is told of objects that nobody touched', async () => {
    const cluster = await formed()
    await cluster.activities.applyObjects(cluster.ref)
    expect(await notes(cluster)).toEqual([])
  })
})

describe('a Secret that someone deletes', () => {
  test.each([names.system, names.app, names.tls])('is made again with what it held: %s', async (name) => {
    const cluster = await formed()
    const before = await secretData(cluster, name)
    await stage().kubernetes.delete('Secret', key(cluster, name))
    expect(await secretData(cluster, name)).toEqual(before)
    await cluster.activities.applyObjects(cluster.ref)
    const secret = await stage().kubernetes.get('Secret', key(cluster, name))
    expect(secret?.data).toEqual(before)
    expect(secret?.metadata.deletionTimestamp).toBeUndefined()
    expect(secret?.metadata.finalizers).toEqual([SECRET_FINALIZER])
    expect(await stage().kubernetes.get('Secret', key(cluster, `${name}-copy`))).toBeUndefined()
    expect(await notes(cluster)).toEqual([`Secret ${name} was deleted: made again with what it held.`])
  })

  test('comes back from its copy when the operator died between letting it go and making it', async () => {
    const cluster = await formed()
    const secret = await stage().kubernetes.get('Secret', key(cluster, names.system))
    const { data, metadata } = secret ?? {}
    const copy = { name: `${names.system}-copy`, namespace: cluster.ref.namespace, labels: metadata?.labels }
    await stage().kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata: copy, data } as never)
    await stage().kubernetes.delete('Secret', key(cluster, names.system))
    await stage().kubernetes.patch('Secret', key(cluster, names.system), { metadata: { finalizers: [] } })
    expect(await secretData(cluster, names.system)).toBeUndefined()
    await cluster.activities.applyObjects(cluster.ref)
    expect(await secretData(cluster, names.system)).toEqual(data)
    expect(await stage().kubernetes.get('Secret', key(cluster, copy.name))).toBeUndefined()
  })

  test('is held by nothing once its cluster has ended', async () => {
    const cluster = await formed()
    await cluster.delete()
    await cluster.activities.finalise(cluster.ref)
    const secret = await stage().kubernetes.get('Secret', key(cluster, names.system))
    expect(secret?.metadata.finalizers ?? []).toEqual([])
  })
})
