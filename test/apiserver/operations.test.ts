import { describe, expect, test } from '@jest/globals'
import { OPERATION_KIND } from '../../crds/mysqloperation.ts'
import { CLUSTER, grouped, podName } from '../support/snapshots.ts'
import { useApiServer } from './stage/jest.ts'
import { asks, eventsOf, formed, operationOf, trio } from './stage/operations.ts'

const stage = useApiServer()

describe('a MySQLOperation', () => {
  test('that has ended is not told anything any more', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster)
    await cluster.activities.tellOperation(cluster.ref, operation, 'Failed', 'Refused: it lags.')
    const before = await operationOf(stage(), cluster)
    await cluster.activities.tellOperation(cluster.ref, operation, 'Succeeded', 'No, it does not.')
    expect(await operationOf(stage(), cluster)).toEqual(before)
    expect((await eventsOf(stage(), cluster)).filter((event) => event.startsWith('OperationFailed'))).toEqual([
      'OperationFailed: MySQLOperation hand-over: Refused: it lags.',
    ])
  })

  test('keeps the owners that it has', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster)
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'tool', uid: 'u-1', controller: true }
    const key = { namespace: cluster.ref.namespace, name: operation.name }
    await stage().kubernetes.patch(OPERATION_KIND, key, { metadata: { ownerReferences: [owner] } })
    await cluster.activities.tellOperation(cluster.ref, operation, 'Pending', 'Wait.')
    await cluster.activities.tellOperation(cluster.ref, operation, 'Pending', 'Wait longer.')
    const owners = (await operationOf(stage(), cluster))?.metadata.ownerReferences
    expect(owners?.map(({ uid }) => uid)).toEqual([owner.uid, cluster.ref.uid])
  })

  test('of another cluster is none of ours', async () => {
    const cluster = await formed(stage())
    await asks(stage(), cluster, { clusterName: 'other' }, 'elsewhere')
    await asks(stage(), cluster)
    expect((await cluster.activities.gather(cluster.ref))?.operations).toMatchObject([
      { name: 'hand-over', request: 'switchover', pod: podName(1) },
    ])
  })

  test('of an earlier cluster of this name is none of ours', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster)
    const owner = { apiVersion: 'example.com/v1', kind: 'MySQLCluster', name: CLUSTER, uid: 'earlier' }
    const key = { namespace: cluster.ref.namespace, name: operation.name }
    await stage().kubernetes.patch(OPERATION_KIND, key, { metadata: { ownerReferences: [owner] } })
    expect((await cluster.activities.gather(cluster.ref))?.operations).toEqual([])
  })

  test('is kept as long as it declares once it has ended, and removed then', async () => {
    const cluster = await formed(stage())
    const [brief, kept, open] = await Promise.all([
      asks(stage(), cluster, { ttlSecondsAfterFinished: 0 }, 'brief'),
      asks(stage(), cluster, {}, 'kept'),
      asks(stage(), cluster, { ttlSecondsAfterFinished: 0 }, 'open'),
    ])
    for (const one of [brief, kept]) await cluster.activities.tellOperation(cluster.ref, one, 'Succeeded', 'Done.')
    const found = await cluster.activities.gather(cluster.ref)
    expect([found?.expired, found?.operations?.map(({ name }) => name)]).toEqual([[brief], ['open']])
    await cluster.activities.forgetOperations(cluster.ref, [brief, kept, open, { name: 'gone', uid: 'u' }])
    await cluster.activities.forgetOperations(cluster.ref, [brief])
    const names = (await stage().kubernetes.list(OPERATION_KIND, cluster.ref.namespace, {})).map(
      (one) => one.metadata.name,
    )
    expect(names.toSorted()).toEqual(['kept', 'open'])
  })

  test('is not removed in place of an earlier one of its name', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster, { ttlSecondsAfterFinished: 0 })
    await cluster.activities.tellOperation(cluster.ref, operation, 'Succeeded', 'Done.')
    await cluster.activities.forgetOperations(cluster.ref, [{ ...operation, uid: 'earlier' }])
    expect(await operationOf(stage(), cluster)).toBeDefined()
  })
})

describe('a request', () => {
  const request = (input: unknown, name = 'asked') => ({ kind: 'switchover', input, name }) as const
  const refusal = (message: RegExp) => ({
    type: 'RequestRefused',
    nonRetryable: true,
    message: expect.stringMatching(message),
  })

  test('becomes one MySQLOperation of the cluster, however often it is served', async () => {
    const cluster = await formed(stage())
    for (const otherwise of ['OrRefuse', 'OrRefuse', 'OrFail'] as const)
      await cluster.activities.ask(cluster.ref, request({ target: podName(1) }), otherwise)
    expect(await operationOf(stage(), cluster, 'asked')).toMatchObject({
      metadata: { ownerReferences: [{ uid: cluster.ref.uid }], labels: { 'example.com/requested-by': 'workflow' } },
      spec: { clusterName: CLUSTER, switchover: { target: podName(1) }, ttlSecondsAfterFinished: 86_400 },
    })
  })

  test.each<[string, unknown, RegExp]>([
    [
      'for a member that there is not',
      { target: 'shop-9' },
      /^RequestRefused: shop-9 is no member of this cluster; the members are/,
    ],
    ['in words', 'shop-1', /^RequestRefused: the input of switchover is not understood/],
    ['with a field that there is not', { to: 'shop-1' }, /^RequestRefused: the input of switchover is not understood/],
    [
      'with a name that no pod can have',
      { target: 'Shop_1' },
      /^RequestRefused: the input of switchover is not understood: target: must match/,
    ],
  ])('%s is refused at once with the reason, and leaves nothing', async (_, input, why) => {
    const cluster = await formed(stage())
    await expect(cluster.activities.ask(cluster.ref, request(input), 'OrRefuse')).rejects.toMatchObject(refusal(why))
    expect(await operationOf(stage(), cluster, 'asked')).toBeUndefined()
  })

  test('to a member that lags is refused at once', async () => {
    const cluster = await formed(stage())
    cluster.members[1] = grouped(1, trio, { queue: 5_000 })
    const asked = cluster.activities.ask(cluster.ref, request({ target: podName(1) }), 'OrRefuse')
    await expect(asked).rejects.toMatchObject(
      refusal(/^RequestRefused: shop-1 lags: it has 5000 transactions still to apply/),
    )
  })

  test('by signal that is not understood becomes an object that says so', async () => {
    const cluster = await formed(stage())
    await cluster.activities.ask(cluster.ref, request({ to: 'shop-1' }), 'OrFail')
    expect((await cluster.activities.gather(cluster.ref))?.operations).toMatchObject([
      { name: 'asked', refused: expect.stringMatching(/^the input of switchover is not understood/) },
    ])
  })
})

describe('the primary role', () => {
  test('is handed over on fresh evidence', async () => {
    const cluster = await formed(stage())
    expect(await cluster.activities.handOver(cluster.ref, podName(1))).toEqual({ from: podName(0) })
    expect(cluster.told).toEqual([`handOver ${podName(1)}`])
  })

  test('is not handed to a member that has it', async () => {
    const cluster = await formed(stage())
    expect(await cluster.activities.handOver(cluster.ref, podName(0))).toEqual({ from: podName(0) })
    expect(cluster.told).toEqual([])
  })

  test('is not handed to a member that came to lag after it was chosen', async () => {
    const cluster = await formed(stage())
    cluster.members[1] = grouped(1, trio, { queue: 5_000 })
    const refused = { type: 'GateClosed', nonRetryable: true, message: expect.stringContaining('lags') }
    await expect(cluster.activities.handOver(cluster.ref, podName(1))).rejects.toMatchObject(refused)
    expect(cluster.told).toEqual([])
  })
})
