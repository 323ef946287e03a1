import { describe, expect, test } from '@jest/globals'
import { toCustomResourceDefinition } from '../../crds/definition.ts'
import { KINDS } from '../../crds/kinds.ts'
import { FORCE_DELETE, KIND } from '../../crds/mysqlcluster.ts'
import { objectNames } from '../../src/domain/names.ts'
import { PLAIN } from '../support/clusters.ts'
import { CLUSTER } from '../support/snapshots.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { until, useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const names = objectNames(CLUSTER)
const force = { metadata: { annotations: { [FORCE_DELETE]: 'true' } } }
const isGone = async ({ ref }: TestCluster): Promise<boolean> => (await stage().kubernetes.get(KIND, ref)) === undefined

/** A deleted cluster whose pods never end, as nobody here ends them. */
const stuck = async (onDelete = 'Retain'): Promise<TestCluster> => {
  const cluster = await makeCluster(stage(), { ...PLAIN, storage: { onDelete } })
  await cluster.activities.applyObjects(cluster.ref)
  await cluster.makePods(3)
  await cluster.delete()
  return cluster
}

describe('members that do not end', () => {
  test.each([
    ['a first run of the step', false],
    ['one that finds the StatefulSet gone', true],
  ])('are waited for by %s, until a person forces it', async (_, stopped) => {
    const cluster = await stuck()
    const { namespace } = cluster.ref
    if (stopped) await stage().kubernetes.delete('StatefulSet', { namespace, name: names.statefulSet })
    const ending = cluster.activities.finalise(cluster.ref)
    const empty = await makeCluster(stage())
    await empty.activities.applyObjects(empty.ref)
    await empty.delete()
    await empty.activities.finalise(empty.ref)
    expect([await isGone(empty), await isGone(cluster)]).toEqual([true, false])
    await stage().kubernetes.patch(KIND, cluster.ref, force)
    await ending
    expect(await isGone(cluster)).toBe(true)
    expect(await stage().kubernetes.get('Secret', { namespace, name: names.system })).toBeDefined()
  })

  test('do not keep the data of a cluster that was to give it up', async () => {
    const cluster = await stuck('Delete')
    const { namespace } = cluster.ref
    await stage().kubernetes.patch(KIND, cluster.ref, force)
    await cluster.activities.finalise(cluster.ref)
    expect(await stage().kubernetes.get('Secret', { namespace, name: names.system })).toBeUndefined()
    expect(await isGone(cluster)).toBe(true)
  })
})

test('the annotation alone deletes nothing', async () => {
  const cluster = await makeCluster(stage())
  await cluster.activities.applyObjects(cluster.ref)
  await stage().kubernetes.patch(KIND, cluster.ref, force)
  await expect(cluster.activities.finalise(cluster.ref)).rejects.toMatchObject({ type: 'GateClosed' })
  await cluster.delete()
  await cluster.activities.finalise(cluster.ref)
})

test('a cluster goes with its namespace, in which nothing can be made any more', async () => {
  const cluster = await makeCluster(stage())
  const { namespace } = cluster.ref
  await cluster.activities.applyObjects(cluster.ref)
  await stage().ask('DELETE', `/api/v1/namespaces/${namespace}`)
  const workflow = { id: 'w', runId: 'r' }
  const judged = {
    phase: 'Degraded',
    ready: false,
    healthy: false,
    reason: 'MembersMissing',
    message: 'All go.',
  } as const
  await cluster.activities.publish(cluster.ref, { ...judged, members: [], generation: 1, paused: false, workflow })
  await cluster.delete()
  expect(await cluster.activities.applyObjects(cluster.ref)).toMatchObject({ kind: 'Skipped' })
  await cluster.activities.finalise(cluster.ref)
  expect(await isGone(cluster)).toBe(true)
})

test('a cluster goes with its CustomResourceDefinition, which can be made again', async () => {
  const cluster = await makeCluster(stage())
  await cluster.activities.applyObjects(cluster.ref)
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const definition = KINDS.filter(({ kind }) => kind === KIND).map(toCustomResourceDefinition)[0]
  const path = `${definitions}/mysqlclusters.example.com`
  await stage().ask('DELETE', path)
  await until('the cluster is being deleted', async () => {
    const found = await stage().kubernetes.get(KIND, cluster.ref)
    return found?.metadata.deletionTimestamp !== undefined
  })
  await cluster.activities.finalise(cluster.ref)
  await until('the definition is gone', async () => (await stage().ask('GET', path)).status === 404)
  expect(await cluster.activities.gather(cluster.ref)).toBeNull()
  expect((await stage().ask('POST', definitions, definition)).status).toBe(201)
})
