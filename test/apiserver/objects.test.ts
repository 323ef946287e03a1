import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { FINALIZER, KIND } from '../../crds/mysqlcluster.ts'
import { objectNames, POD_NAME_LABEL } from '../../src/domain/names.ts'
import type { Kind } from '../../src/kubernetes/kinds.ts'
import { moveWrites } from '../../src/observer/write-service.ts'
import { PLAIN } from '../support/clusters.ts'
import { CLUSTER, RECORD } from '../support/snapshots.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const names = objectNames(CLUSTER)
const OWNED: readonly Kind[] = ['StatefulSet', 'Service', 'ConfigMap', 'Secret', 'PodDisruptionBudget']

/** Every object of a cluster with its resourceVersion. */
const versions = async ({ ref }: TestCluster): Promise<readonly string[]> => {
  const labels = { 'app.kubernetes.io/instance': CLUSTER }
  const lists = await Promise.all(OWNED.map((kind) => stage().kubernetes.list(kind, ref.namespace, labels)))
  return lists.flat().map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
}
const get = <K extends Kind>(kind: K, { ref }: TestCluster, name: string) =>
  stage().kubernetes.get(kind, { namespace: ref.namespace, name })

describe('the objects of a cluster', () => {
  test('are taken by the API server, and applied again they do not change', async () => {
    const cluster = await makeCluster(stage())
    const applied = await cluster.activities.applyObjects(cluster.ref)
    expect(applied).toMatchObject({ kind: 'Applied', created: expect.arrayContaining([`StatefulSet ${CLUSTER}`]) })
    const before = await versions(cluster)
    expect(before).toHaveLength(10)
    expect(await cluster.activities.applyObjects(cluster.ref)).toEqual({ kind: 'Applied', created: [] })
    expect(await versions(cluster)).toEqual(before)
  })

  test('are taken with everything that can be declared', async () => {
    const cluster = await makeCluster(stage(), {
      ...PLAIN,
      size: 5,
      storage: { size: '1.5Gi', storageClassName: 'fast' },
      resources: { limits: { cpu: 2, memory: '4Gi' }, requests: { cpu: '500m', memory: '4Gi' } },
      config: { max_connections: 500, 'sql-mode': 'ANSI' },
      pod: {
        labels: { team: 'a' },
        annotations: { note: 'b' },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'db', operator: 'Exists', effect: 'NoSchedule' }],
        imagePullSecrets: [{ name: 'registry' }],
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
      },
      services: {
        primary: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] },
        any: { type: 'NodePort' },
      },
    })
    expect(await cluster.activities.applyObjects(cluster.ref)).toMatchObject({ kind: 'Applied' })
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({ objects: { kind: 'Present', replicas: 5 } })
  })

  test('are kept until the cluster is finalised', async () => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    expect((await get(KIND, cluster, CLUSTER))?.metadata.finalizers).toEqual([FINALIZER])
  })

  test('are made again when someone removes one, with the old passwords', async () => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    const before = (await get('Secret', cluster, names.system))?.data
    await stage().kubernetes.delete('Service', { namespace: cluster.ref.namespace, name: names.any })
    expect(await cluster.activities.applyObjects(cluster.ref)).toEqual({
      kind: 'Applied',
      created: [`Service ${names.any}`],
    })
    expect((await get('Secret', cluster, names.system))?.data).toEqual(before)
  })

  test('leave the selector of the write Service to the observer', async () => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    const service = await get('Service', cluster, names.primary)
    if (!service) throw new Error('the write Service was made')
    expect(service.spec?.selector).toBeUndefined()
    await moveWrites(stage().kubernetes, service, 'shop-1', '1:2')
    await cluster.change({ services: { primary: { annotations: { a: 'b' } } } })
    await cluster.activities.applyObjects(cluster.ref)
    const after = await get('Service', cluster, names.primary)
    expect(after?.spec?.selector).toEqual({ [POD_NAME_LABEL]: 'shop-1' })
    expect(after?.metadata.annotations).toMatchObject({ a: 'b' })
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({ writes: 'shop-1' })
  })
})

describe('nothing is made', () => {
  test('when a name belongs to someone else, and the message names it', async () => {
    const cluster = await makeCluster(stage())
    const { namespace } = cluster.ref
    const foreign = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: names.replicas },
      spec: { ports: [{ port: 1 }] },
    }
    await stage().kubernetes.create(foreign as never)
    expect(await cluster.activities.applyObjects(cluster.ref)).toEqual({
      kind: 'Foreign',
      message: `Resource "Service ${names.replicas}" already exists and is not managed by MySQLCluster`,
    })
    expect(await versions(cluster)).toEqual([])
  })

  test('while a setting is refused, and the message names it', async () => {
    const cluster = await makeCluster(stage(), { ...PLAIN, config: { gtid_mode: 'OFF' } })
    expect(await cluster.activities.applyObjects(cluster.ref)).toMatchObject({ kind: 'Skipped' })
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({
      objects: { kind: 'Refused', reason: 'ForcedSetting', message: expect.stringContaining('spec.config.gtid_mode') },
    })
    expect(await versions(cluster)).toEqual([])
  })

  test('when part of the pod is nonsense, and the failure names the field', async () => {
    const cluster = await makeCluster(stage(), { ...PLAIN, pod: { tolerations: [{ key: 'db', oparator: 'Exists' }] } })
    await expect(cluster.activities.applyObjects(cluster.ref)).rejects.toMatchObject({
      type: 'KubernetesRefused',
      message: expect.stringContaining('oparator'),
    })
  })

  test('for a cluster that is gone, or whose name belongs to another one by now', async () => {
    const cluster = await makeCluster(stage())
    const gone = { ...cluster.ref, uid: '00000000-0000-4000-8000-000000000000' }
    expect(await cluster.activities.applyObjects(gone)).toMatchObject({ kind: 'Skipped' })
    expect(await cluster.activities.gather(gone)).toBeNull()
    expect(await versions(cluster)).toEqual([])
  })
})

describe('a change that cannot be made on a living cluster', () => {
  const change = { image: 'mysql:9.7', config: { max_connections: 7 } }
  const elsewhere = { storage: { storageClassName: 'fast' } }

  test('leaves the members as they are, once a group has formed', async () => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    const before = await get('StatefulSet', cluster, CLUSTER)
    const status = { group: RECORD }
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: cluster.ref, status }
    // The API server refuses it once the group is on record: it was declared just before.
    await cluster.change(elsewhere)
    await stage().kubernetes.apply(object, { manager: 'us', subresource: 'status' })
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({
      generation: 2,
      objects: { kind: 'ChangeUnsupported', fields: ['spec.storage.storageClassName'] },
    })
    expect(await cluster.activities.applyObjects(cluster.ref)).toEqual({ kind: 'Applied', created: [] })
    expect(await get('StatefulSet', cluster, CLUSTER)).toEqual(before)
  })

  test.each([
    ['before a group was decided on', {}],
    ['while the group that was decided on does not form', { group: { seed: `${CLUSTER}-0`, bootstraps: 1 } }],
  ])('makes the StatefulSet anew %s', async (_, status) => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: cluster.ref, status }
    await stage().kubernetes.apply(object, { manager: 'us', subresource: 'status' })
    const before = await get('StatefulSet', cluster, CLUSTER)
    await cluster.change(change)
    await cluster.activities.applyObjects(cluster.ref)
    const after = await get('StatefulSet', cluster, CLUSTER)
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
    expect(after?.spec?.template.spec?.containers[0]?.image).toBe('mysql:9.7')
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({ objects: { kind: 'Present' } })
  })

  test.each([
    ['another StatefulSet and the same claims, for another image', { image: 'mysql:9.7' }, [0, 1]],
    ['another class of volumes, for the claims that have none yet', { storage: { storageClassName: 'fast' } }, [1]],
  ])('means %s', async (_, over, left) => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    const { namespace } = cluster.ref
    const labels = (await get('StatefulSet', cluster, CLUSTER))?.metadata.labels
    for (const ordinal of [0, 1]) {
      const resources = { requests: { storage: '1Gi' } }
      const spec = { accessModes: ['ReadWriteOnce'], resources, ...(ordinal === 1 ? { volumeName: 'old-data' } : {}) }
      const metadata = { namespace, name: names.claim(ordinal), labels }
      await stage().kubernetes.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec } as never)
    }
    await cluster.change(over)
    await cluster.activities.applyObjects(cluster.ref)
    const claims = await stage().kubernetes.list('PersistentVolumeClaim', namespace, {})
    const kept = claims.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    expect(kept.map(({ metadata }) => metadata.name)).toEqual(left.map((ordinal) => names.claim(ordinal)))
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({ objects: { kind: 'Present' } })
  })
})

describe('a deleted cluster', () => {
  const deleted = async (onDelete: string) => {
    const cluster = await makeCluster(stage(), { ...PLAIN, storage: { onDelete } })
    await cluster.activities.applyObjects(cluster.ref)
    const { namespace } = cluster.ref
    const labels = (await get('StatefulSet', cluster, CLUSTER))?.metadata.labels
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    const metadata = { namespace, name: names.claim(0), labels }
    await stage().kubernetes.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec } as never)
    await cluster.delete()
    await cluster.activities.finalise(cluster.ref)
    return cluster
  }

  test('stops its members, is let go of, and keeps its data', async () => {
    const cluster = await deleted('Retain')
    expect(await get(KIND, cluster, CLUSTER)).toBeUndefined()
    expect(await get('StatefulSet', cluster, CLUSTER)).toBeUndefined()
    expect(await get('PersistentVolumeClaim', cluster, names.claim(0))).toBeDefined()
    expect(await get('Secret', cluster, names.system)).toBeDefined()
  })

  test('gives up its data when that is declared', async () => {
    const cluster = await deleted('Delete')
    expect(
      (await get('PersistentVolumeClaim', cluster, names.claim(0)))?.metadata.deletionTimestamp ?? 'gone',
    ).toBeTruthy()
    for (const secret of [names.system, names.app, names.tls])
      expect(await get('Secret', cluster, secret)).toBeUndefined()
  })

  test('is finalised twice without harm', async () => {
    const cluster = await deleted('Retain')
    await expect(cluster.activities.finalise(cluster.ref)).resolves.toBeUndefined()
  })
})

test('a living cluster is never finalised', async () => {
  const cluster = await makeCluster(stage())
  await cluster.activities.applyObjects(cluster.ref)
  await expect(cluster.activities.finalise(cluster.ref)).rejects.toMatchObject({ type: 'GateClosed' })
  expect(await get('StatefulSet', cluster, CLUSTER)).toBeDefined()
})
