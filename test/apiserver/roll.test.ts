import { describe, expect, test } from '@jest/globals'
import { MADE_ANNOTATION } from '../../src/domain/names.ts'
import { PLAIN } from '../support/clusters.ts'
import { podName } from '../support/snapshots.ts'
import type { TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { formed } from './stage/operations.ts'

const stage = useApiServer()
const CHANGE = { image: 'mysql:9.7', config: { max_connections: 7 } }

const BEFORE = { image: PLAIN.image, config: null }

const setOf = ({ ref }: TestCluster) => stage().kubernetes.get('StatefulSet', ref)
const madeFrom = async (cluster: TestCluster) =>
  (await setOf(cluster))?.spec?.template.metadata?.annotations?.[MADE_ANNOTATION]
const trialOf = ({ ref: { namespace, name } }: TestCluster) =>
  stage().kubernetes.get('Pod', { namespace, name: `${name}-trial` })
/** What kubelet would write of a trial that has ended. */
const ended = ({ ref: { namespace, name } }: TestCluster, phase: string, exitCode: number, message = '') => {
  const state = { terminated: { exitCode, reason: 'Error', message } }
  const status = { name: 'mysqld', image: '', imageID: '', ready: false, restartCount: 0, state }
  const path = `/api/v1/namespaces/${namespace}/pods/${name}-trial/status`
  const body = { status: { phase, containerStatuses: [status] } }
  return stage().ask('PATCH', path, body, { contentType: 'application/merge-patch+json' })
}
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

  test('is tried in a pod that is no member, once for each declaration, and never in that of somebody else', async () => {
    const cluster = await formed(stage())
    const { tryDeclared, gather } = cluster.activities
    await cluster.change(CHANGE)
    expect((await gather(cluster.ref))?.trial).toEqual({ kind: 'None' })
    await tryDeclared(cluster.ref)
    const first = await trialOf(cluster)
    expect(first?.metadata.labels).toMatchObject({ 'app.kubernetes.io/name': 'mysql-trial' })
    await tryDeclared(cluster.ref)
    expect((await trialOf(cluster))?.metadata.uid).toBe(first?.metadata.uid)
    const seen = await gather(cluster.ref)
    expect(seen).toMatchObject({ trial: { kind: 'UnderWay', pod: { image: CHANGE.image } } })
    expect(seen?.pods.map(({ name }) => name)).toEqual([0, 1, 2].map(podName))
    await cluster.change({ ...CHANGE, config: { max_connections: 8 } })
    expect((await gather(cluster.ref))?.trial).toEqual({ kind: 'None' })
    await tryDeclared(cluster.ref)
    expect((await trialOf(cluster))?.metadata.uid).not.toBe(first?.metadata.uid)
    await cluster.change(BEFORE)
    await cluster.activities.applyObjects(cluster.ref)
    expect(await trialOf(cluster)).toBeUndefined()
    const { namespace } = cluster.ref
    const spec = { containers: [{ name: 'other', image: 'other' }] }
    const metadata = { name: `${cluster.ref.name}-trial` }
    await stage().ask('POST', `/api/v1/namespaces/${namespace}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata, spec })
    await cluster.change(CHANGE)
    await expect(tryDeclared(cluster.ref)).rejects.toMatchObject({ type: 'GateClosed' })
    expect((await trialOf(cluster))?.spec?.containers[0]?.name).toBe('other')
  })

  test('that was killed in its trial is tried once more', async () => {
    const cluster = await formed(stage())
    await cluster.change(CHANGE)
    await cluster.activities.tryDeclared(cluster.ref)
    const first = (await trialOf(cluster))?.metadata.uid
    await ended(cluster, 'Failed', 137)
    expect((await cluster.activities.gather(cluster.ref))?.trial).toEqual({ kind: 'None' })
    await cluster.activities.tryDeclared(cluster.ref)
    expect((await trialOf(cluster))?.metadata.uid).not.toBe(first)
    await ended(cluster, 'Failed', 1)
    expect((await cluster.activities.gather(cluster.ref))?.trial).toMatchObject({
      kind: 'UnderWay',
      pod: { trouble: { kind: 'Ended', code: 1 } },
    })
  })

  test('is taken over once, for pods that are made after that', async () => {
    const cluster = await formed(stage())
    const before = await madeFrom(cluster)
    await cluster.change(CHANGE)
    expect(await cluster.activities.considerRoll(cluster.ref)).toMatchObject({ kind: 'Try' })
    await cluster.activities.release(cluster.ref)
    expect(await madeFrom(cluster)).toBe(before)
    await cluster.activities.tryDeclared(cluster.ref)
    expect(await cluster.activities.considerRoll(cluster.ref)).toMatchObject({ kind: 'Wait' })
    await ended(cluster, 'Succeeded', 0, 'mysqld  Ver 9.7.1 for Linux on x86_64')
    expect((await cluster.activities.gather(cluster.ref))?.trial).toMatchObject({ kind: 'Passed', version: '9.7.1' })
    expect(await cluster.activities.considerRoll(cluster.ref)).toMatchObject({ kind: 'Release' })
    await cluster.activities.release(cluster.ref)
    expect(await trialOf(cluster)).toBeUndefined()
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
