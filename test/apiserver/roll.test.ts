import { describe, expect, test } from '@jest/globals'
import { MADE_ANNOTATION } from '../../src/domain/names.ts'
import { podName } from '../support/snapshots.ts'
import type { TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { formed } from './stage/operations.ts'

const stage = useApiServer()
const CHANGE = { image: 'mysql:9.7', config: { max_connections: 7 } }

const setOf = ({ ref }: TestCluster) => stage().kubernetes.get('StatefulSet', ref)
const madeFrom = async (cluster: TestCluster) =>
  (await setOf(cluster))?.spec?.template.metadata?.annotations?.[MADE_ANNOTATION]
const label = async ({ ref: { namespace } }: TestCluster, ordinal: number, made: string) =>
  stage().kubernetes.patch(
    'Pod',
    { namespace, name: podName(ordinal) },
    { metadata: { annotations: { [MADE_ANNOTATION]: made } } },
  )

describe('a change of what members are made from', () => {
  test('waits for a procedure: the objects made again leave the StatefulSet as it was', async () => {
    const cluster = await formed(stage())
    const before = await setOf(cluster)
    await cluster.change(CHANGE)
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({
      objects: { kind: 'Present' },
      pending: ['spec.image', 'spec.config'],
    })
    await cluster.activities.applyObjects(cluster.ref)
    expect(await setOf(cluster)).toEqual(before)
  })

  test('is taken over once, for pods that are made after that', async () => {
    const cluster = await formed(stage())
    const before = await madeFrom(cluster)
    await cluster.change(CHANGE)
    expect(await cluster.activities.considerRoll(cluster.ref)).toMatchObject({ kind: 'Release' })
    await cluster.activities.release(cluster.ref)
    const set = await setOf(cluster)
    expect(set?.spec?.template.spec?.containers[0]?.image).toBe('mysql:9.7')
    expect(await madeFrom(cluster)).not.toBe(before)
    await cluster.activities.release(cluster.ref)
    expect(await setOf(cluster)).toEqual(set)
  })

  test('renews no pod that is as declared, nor one of another uid', async () => {
    const cluster = await formed(stage())
    const { namespace } = cluster.ref
    const pod = await stage().kubernetes.get('Pod', { namespace, name: podName(2) })
    const renew = () => cluster.activities.renew(cluster.ref, podName(2), pod?.metadata.uid ?? '')
    await expect(renew()).rejects.toMatchObject({ type: 'GateClosed' })
    await cluster.activities.renew(cluster.ref, podName(2), 'of-a-pod-before')
    expect((await stage().kubernetes.get('Pod', { namespace, name: podName(2) }))?.metadata.uid).toBe(pod?.metadata.uid)
  })

  test('finds the pods that were made before it', async () => {
    const cluster = await formed(stage())
    for (const ordinal of [0, 1]) await label(cluster, ordinal, 'something else')
    await label(cluster, 2, (await madeFrom(cluster)) ?? '')
    const { pods = [], template } = (await cluster.activities.gather(cluster.ref)) ?? {}
    expect(pods.map(({ made }) => made === template)).toEqual([false, false, true])
  })
})
