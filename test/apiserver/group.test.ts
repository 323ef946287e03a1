import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../crds/mysqlcluster.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import type { Report } from '../../src/domain/status.ts'
import {
  CLUSTER,
  errant,
  grouped,
  INCARNATION,
  lonely,
  podName,
  primary,
  RECORD,
  row,
  serving,
} from '../support/snapshots.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const get = ({ ref }: TestCluster) => stage().kubernetes.get(KIND, ref)
const group = async (cluster: TestCluster) =>
  ((await get(cluster))?.['status'] as { group?: unknown } | undefined)?.group

/** A cluster of three whose members have started and are in no group. */
const started = async (): Promise<TestCluster> => {
  const cluster = await makeCluster(stage())
  await cluster.activities.applyObjects(cluster.ref)
  await cluster.makePods(3)
  cluster.members = [0, 1, 2].map((ordinal) => lonely(ordinal))
  return cluster
}
const leading = (ordinal: number) => grouped(ordinal, [primary(ordinal)])

describe('a bootstrap', () => {
  test('is on record before it is done, and again once it is', async () => {
    const cluster = await started()
    const recorded: unknown[] = []
    cluster.onBootstrap = async () => {
      recorded.push(await group(cluster))
      cluster.members[0] = leading(0)
    }
    expect(await cluster.activities.bootstrap(cluster.ref, podName(0))).toEqual({ incarnation: INCARNATION })
    expect(recorded).toEqual([{ seed: podName(0), bootstraps: 1 }])
    expect(await group(cluster)).toEqual({ seed: podName(0), bootstraps: 1, incarnation: INCARNATION })
  })

  test('that dies half-way is finished by the next run, without another bootstrap', async () => {
    const cluster = await started()
    cluster.onBootstrap = () => {
      cluster.members[0] = leading(0)
      throw new Error('the worker died')
    }
    await expect(cluster.activities.bootstrap(cluster.ref, podName(0))).rejects.toThrow('the worker died')
    expect(await cluster.activities.bootstrap(cluster.ref, podName(0))).toEqual({ incarnation: INCARNATION })
    expect(cluster.told).toEqual([`bootstrap ${podName(0)}`])
  })

  test('that was decided on for one seed is not done from another', async () => {
    const cluster = await started()
    cluster.onBootstrap = () => {
      throw new Error('the worker died')
    }
    await expect(cluster.activities.bootstrap(cluster.ref, podName(0))).rejects.toThrow('the worker died')
    cluster.members = cluster.members.slice(1)
    await expect(cluster.activities.bootstrap(cluster.ref, podName(1))).rejects.toMatchObject({ type: 'GateClosed' })
    expect(cluster.told).toEqual([`bootstrap ${podName(0)}`])
  })

  test('is not done while a member is in a group, though it was planned', async () => {
    const cluster = await started()
    cluster.members[1] = leading(1)
    await expect(cluster.activities.bootstrap(cluster.ref, podName(0))).rejects.toMatchObject({
      type: 'GateClosed',
      nonRetryable: true,
    })
    expect(cluster.told).toEqual([])
    expect(await group(cluster)).toBeUndefined()
  })
})

describe('a join', () => {
  const withGroup = async (): Promise<TestCluster> => {
    const cluster = await started()
    cluster.onBootstrap = () => {
      cluster.members = [leading(0), lonely(1), lonely(2)]
    }
    await cluster.activities.bootstrap(cluster.ref, podName(0))
    cluster.told.length = 0
    return cluster
  }

  test('brings a member into the group', async () => {
    const cluster = await withGroup()
    expect(await cluster.activities.join(cluster.ref, podName(1))).toEqual({ state: 'RECOVERING' })
    expect(cluster.told).toEqual([`join ${podName(1)}`])
  })

  test('of a member that is in already does nothing', async () => {
    const cluster = await withGroup()
    const rows = [primary(0), row(1)]
    cluster.members = [grouped(0, rows), grouped(1, rows)]
    expect(await cluster.activities.join(cluster.ref, podName(1))).toEqual({ state: 'ONLINE' })
    expect(cluster.told).toEqual([])
  })

  test('is refused to a member with transactions of its own', async () => {
    const cluster = await withGroup()
    cluster.members[1] = lonely(1, { holds: errant(1) })
    await expect(cluster.activities.join(cluster.ref, podName(1))).rejects.toMatchObject({ type: 'GateClosed' })
    expect(cluster.told).toEqual([])
  })

  test('is refused while there is no group', async () => {
    const cluster = await started()
    await expect(cluster.activities.join(cluster.ref, podName(1))).rejects.toMatchObject({ type: 'GateClosed' })
  })
})

describe('a report', () => {
  const report = (over: Partial<Report> = {}): Report => {
    const { state: _, ...judged } = diagnose(serving(), CLUSTER)
    return { ...judged, generation: 1, paused: false, workflow: { id: 'w', runId: 'r' }, ...over }
  }
  const events = async ({ ref }: TestCluster) => (await stage().kubernetes.list('Event', ref.namespace, {})).length

  test('becomes status and one event, and published again changes nothing', async () => {
    const cluster = await started()
    await cluster.activities.publish(cluster.ref, report())
    const before = await get(cluster)
    expect(before?.['status']).toMatchObject({ phase: 'Healthy', availableReplicas: 3, primary: podName(0) })
    await cluster.activities.publish(cluster.ref, report())
    expect((await get(cluster))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion)
    expect(await events(cluster)).toBe(1)
  })

  test('leaves the record of the group as it is', async () => {
    const cluster = await started()
    cluster.onBootstrap = () => {
      cluster.members[0] = leading(0)
    }
    await cluster.activities.bootstrap(cluster.ref, podName(0))
    await cluster.activities.publish(cluster.ref, report())
    await cluster.activities.publish(
      cluster.ref,
      report({ phase: 'Degraded', reason: 'MembersMissing', healthy: false }),
    )
    expect(await group(cluster)).toEqual({ ...RECORD, bootstraps: 1 })
  })

  test('no longer names a primary when there is none', async () => {
    const cluster = await started()
    await cluster.activities.publish(cluster.ref, report())
    const { primary: _, ...without } = report({
      phase: 'NoQuorum',
      ready: false,
      healthy: false,
      reason: 'MajorityLost',
    })
    await cluster.activities.publish(cluster.ref, without)
    expect((await get(cluster))?.['status']).not.toHaveProperty('primary')
  })
})
