import { describe, expect, test } from '@jest/globals'
import { objectNames } from '../../src/domain/names.ts'
import { declaredOf, declaredSize } from '../../src/domain/objects/statefulset.ts'
import { moveWrites } from '../../src/observer/write-service.ts'
import { CLUSTER, errant, grouped, lonely, podName, primary, row, transactions, viewId } from '../support/snapshots.ts'
import type { TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { formed } from './stage/operations.ts'

const stage = useApiServer()
const names = objectNames(CLUSTER)
const LAST = podName(2)
const STAYING = [primary(0), row(1)]

/** A cluster of three that takes writes. */
const serving = async (): Promise<TestCluster> => {
  const cluster = await formed(stage())
  const { namespace } = cluster.ref
  const service = await stage().kubernetes.get('Service', { namespace, name: names.primary })
  if (service) await moveWrites(stage().kubernetes, service, podName(0), viewId(3))
  return cluster
}
/** The same, after its last member has left the group. */
const left = async (size: number, holds: string): Promise<TestCluster> => {
  const cluster = await serving()
  await cluster.change({ size })
  cluster.members = [...[0, 1].map((ordinal) => grouped(ordinal, STAYING)), lonely(2, { holds })]
  return cluster
}
const makeClaim = async ({ ref: { namespace } }: TestCluster, ordinal: number) => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const metadata = { namespace, name: names.claim(ordinal) }
  await stage().kubernetes.create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec } as never)
}
const setOf = async ({ ref }: TestCluster) => {
  const set = await stage().kubernetes.get('StatefulSet', ref)
  return { replicas: set?.spec?.replicas, made: declaredSize(declaredOf(set)), generation: set?.metadata.generation }
}
/** Those that nobody has deleted: what protects a claim in use lets go of none here. */
const claimsOf = async ({ ref }: TestCluster) =>
  (await stage().kubernetes.list('PersistentVolumeClaim', ref.namespace, {}))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)

describe('a cluster that is to have another size', () => {
  test('is not changed by the objects being made again: its members come and go one by one', async () => {
    const cluster = await serving()
    await cluster.change({ size: 5 })
    await cluster.activities.applyObjects(cluster.ref)
    expect(await setOf(cluster)).toMatchObject({ replicas: 3, made: 3 })
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({
      size: 3,
      wanted: 5,
      objects: { kind: 'Present' },
    })
  })

  test('gets one member more, once', async () => {
    const cluster = await serving()
    await cluster.change({ size: 5 })
    expect(await cluster.activities.considerScale(cluster.ref)).toEqual({ kind: 'Grow', pod: podName(3), size: 4 })
    await cluster.activities.resize(cluster.ref, podName(3), 4)
    const made = await setOf(cluster)
    expect(made).toMatchObject({ replicas: 4, made: 4 })
    await cluster.activities.resize(cluster.ref, podName(3), 4)
    expect(await setOf(cluster)).toEqual(made)
  })

  test('gets no member that nobody wants any more', async () => {
    const cluster = await serving()
    await expect(cluster.activities.resize(cluster.ref, podName(3), 4)).rejects.toMatchObject({ type: 'GateClosed' })
    expect(await setOf(cluster)).toMatchObject({ replicas: 3 })
  })

  test('loses no member that is still in the group, and the primary is not made to leave', async () => {
    const cluster = await serving()
    await cluster.change({ size: 1 })
    await expect(cluster.activities.resize(cluster.ref, LAST, 2)).rejects.toMatchObject({ type: 'GateClosed' })
    await expect(cluster.activities.dismiss(cluster.ref, podName(0))).rejects.toMatchObject({ type: 'GateClosed' })
    expect(cluster.told).toEqual([])
    await cluster.activities.dismiss(cluster.ref, LAST)
    expect(cluster.told).toEqual([`leave ${LAST}`])
    expect(await setOf(cluster)).toMatchObject({ replicas: 3 })
  })

  test('loses the member that has left, and its claim where the policy says so', async () => {
    const cluster = await left(2, transactions(90))
    await cluster.change({ storage: { onDelete: 'Delete' } })
    for (const ordinal of [0, 1, 2]) await makeClaim(cluster, ordinal)
    await cluster.activities.resize(cluster.ref, LAST, 2)
    expect(await setOf(cluster)).toMatchObject({ replicas: 2, made: 2 })
    await stage().kubernetes.delete('Pod', { namespace: cluster.ref.namespace, name: LAST })
    expect(await cluster.activities.dispose(cluster.ref, LAST, true)).toEqual({ volume: 'removed' })
    expect(await claimsOf(cluster)).toEqual([names.claim(0), names.claim(1)])
  })

  test.each([
    ['the policy keeps volumes', 'Retain', transactions(90), true],
    ['the member held what the group does not', 'Delete', errant(2), false],
  ] as const)('keeps the claim where %s', async (_, onDelete, holds, isHeld) => {
    const cluster = await left(2, holds)
    await cluster.change({ storage: { onDelete } })
    await makeClaim(cluster, 2)
    const verdict = await cluster.activities.considerScale(cluster.ref)
    expect(verdict.kind === 'Shrink' && verdict.keep === undefined).toBe(isHeld)
    await cluster.activities.resize(cluster.ref, LAST, 2)
    await stage().kubernetes.delete('Pod', { namespace: cluster.ref.namespace, name: LAST })
    expect(await cluster.activities.dispose(cluster.ref, LAST, isHeld)).toEqual({ volume: 'kept' })
    expect(await claimsOf(cluster)).toEqual([names.claim(2)])
  })

  test('keeps the claim of a member that is wanted back meanwhile', async () => {
    const cluster = await left(2, transactions(90))
    await cluster.change({ storage: { onDelete: 'Delete' } })
    await makeClaim(cluster, 2)
    await cluster.activities.resize(cluster.ref, LAST, 2)
    await cluster.change({ size: 3 })
    await stage().kubernetes.delete('Pod', { namespace: cluster.ref.namespace, name: LAST })
    expect(await cluster.activities.dispose(cluster.ref, LAST, true)).toEqual({ volume: 'kept' })
  })
})
