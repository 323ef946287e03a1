import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import { sizeOfVolumes } from '../../src/domain/growth.ts'
import { CLUSTER } from '../support/snapshots.ts'
import type { TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { eventsOf, formed, statusOf } from './stage/operations.ts'
import { letGo, makeClass, makeVolume, reportVolume } from './stage/volumes.ts'

const stage = useApiServer()
const ORDINALS = [0, 1, 2]

const setOf = ({ ref }: TestCluster) => stage().kubernetes.get('StatefulSet', ref)
const madeFrom = async (cluster: TestCluster) => (await setOf(cluster))?.spec?.template?.metadata?.annotations
const templateOf = async (cluster: TestCluster) =>
  (await setOf(cluster))?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage']
const asked = async ({ ref: { namespace } }: TestCluster) =>
  (await stage().kubernetes.list('PersistentVolumeClaim', namespace, {})).map(
    ({ spec }) => spec?.resources?.requests?.['storage'],
  )
const grown = (cluster: TestCluster, size: string) => cluster.change({ storage: { size } })
const seen = async ({ activities, ref }: TestCluster) => {
  const snapshot = await activities.gather(ref)
  if (!snapshot) throw new Error('there is no such cluster')
  return snapshot
}
/** A cluster with volumes of 10Gi of a class that lets them grow, or not. */
const withVolumes = async (allow: boolean): Promise<TestCluster> => {
  const name = allow ? 'roomy' : 'fixed'
  await makeClass(stage(), name, allow)
  const cluster = await formed(stage())
  for (const ordinal of ORDINALS) await makeVolume(stage(), cluster, ordinal, name)
  return cluster
}
const publish = async (cluster: TestCluster): Promise<void> => {
  const snapshot = await seen(cluster)
  const { state: _, ...judged } = diagnose(snapshot, CLUSTER)
  const volumes = sizeOfVolumes(snapshot) ?? ''
  const rest = { generation: snapshot.generation, paused: false, workflow: { id: 'w', runId: 'r' } }
  await cluster.activities.publish(cluster.ref, { ...judged, ...rest, volumes })
}

describe('volumes that are declared larger', () => {
  test('are asked for, and then the StatefulSet is made anew with the larger ones', async () => {
    const cluster = await withVolumes(true)
    const { activities, ref } = cluster
    await publish(cluster)
    const before = await setOf(cluster)
    await grown(cluster, '20Gi')
    await activities.applyObjects(ref)
    expect(await setOf(cluster)).toEqual(before)
    expect(await seen(cluster)).toMatchObject({
      objects: { kind: 'Present' },
      volumes: { made: '10Gi', declared: '20Gi', template: '10Gi' },
    })
    expect(await asked(cluster)).toEqual(['10Gi', '10Gi', '10Gi'])
    expect(await activities.considerGrowth(ref)).toMatchObject({ kind: 'Ask', size: '20Gi' })
    await activities.enlarge(ref)
    expect(await asked(cluster)).toEqual(['20Gi', '20Gi', '20Gi'])
    expect(await activities.considerGrowth(ref)).toMatchObject({ kind: 'Wait' })
    await activities.takeOverVolumes(ref)
    expect(await setOf(cluster)).toEqual(before)
    for (const ordinal of ORDINALS) await reportVolume(stage(), cluster, ordinal, '20Gi')
    await activities.watchGrowth(ref)
    expect(await activities.considerGrowth(ref)).toMatchObject({ kind: 'TakeOver' })
    await Promise.all([activities.takeOverVolumes(ref), letGo(stage(), cluster)])
    expect((await setOf(cluster))?.metadata.uid).not.toBe(before?.metadata.uid)
    expect(await templateOf(cluster)).toBe('20Gi')
    expect(await madeFrom(cluster)).toEqual(before?.spec?.template?.metadata?.annotations)
    expect(await activities.considerGrowth(ref)).toEqual({ kind: 'None' })
    expect((await eventsOf(stage(), cluster)).filter((event) => event.startsWith('DriftCorrected'))).toEqual([])
    await publish(cluster)
    expect(await statusOf(stage(), cluster)).toMatchObject({ storage: { size: '20Gi' } })
    await expect(grown(cluster, '10Gi')).rejects.toThrow('spec.storage.size cannot shrink')
  })

  test('are refused in the words of the API server where their class does not let them, and can be taken back', async () => {
    const cluster = await withVolumes(false)
    await publish(cluster)
    await grown(cluster, '20Gi')
    const refused = { reason: 'VolumeNotExpandable', why: expect.stringMatching(/must support resize/) }
    expect((await seen(cluster)).volumes).toMatchObject({ refused })
    await expect(cluster.activities.enlarge(cluster.ref)).rejects.toMatchObject({ type: 'VolumeNotExpandable' })
    expect(await asked(cluster)).toEqual(['10Gi', '10Gi', '10Gi'])
    await publish(cluster)
    expect(await statusOf(stage(), cluster)).toMatchObject({ phase: 'Blocked', storage: { size: '10Gi' } })
    await expect(grown(cluster, '9Gi')).rejects.toThrow('spec.storage.size cannot shrink')
    await grown(cluster, '10Gi')
    expect(await cluster.activities.considerGrowth(cluster.ref)).toEqual({ kind: 'None' })
  })

  test('are refused by a quota, before any is asked for', async () => {
    const cluster = await withVolumes(true)
    const { namespace } = cluster.ref
    const path = `/api/v1/namespaces/${namespace}/resourcequotas`
    const hard = { 'requests.storage': '35Gi' }
    const metadata = { name: 'disks' }
    await stage().ask('POST', path, { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } })
    const status = { hard, used: { 'requests.storage': '30Gi' } }
    await stage().ask('PATCH', `${path}/disks/status`, { status }, { contentType: 'application/merge-patch+json' })
    await grown(cluster, '20Gi')
    expect((await seen(cluster)).volumes).toMatchObject({
      refused: { reason: 'QuotaExceeded', why: expect.stringMatching(/exceeded quota: disks/) },
    })
    expect(await asked(cluster)).toEqual(['10Gi', '10Gi', '10Gi'])
  })

  test('are the same where the size is written otherwise: nothing is made anew, again and again', async () => {
    const cluster = await withVolumes(true)
    const before = await setOf(cluster)
    await grown(cluster, '10240Mi')
    expect(await cluster.activities.considerGrowth(cluster.ref)).toEqual({ kind: 'None' })
    await cluster.activities.applyObjects(cluster.ref)
    const after = await setOf(cluster)
    expect(after?.metadata.uid).toBe(before?.metadata.uid)
    await cluster.activities.applyObjects(cluster.ref)
    expect(await setOf(cluster)).toEqual(after)
  })
})
