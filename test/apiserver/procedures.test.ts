import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../../crds/mysqloperation.ts'
import { type OperationRef, procedureId } from '../../src/domain/procedure.ts'
import { CLUSTER, podName, RECORD } from '../support/snapshots.ts'
import { useApiServer } from './stage/jest.ts'
import { asks, DONE, eventsOf, formed, operationOf, rejoin, statusOf, switchover } from './stage/operations.ts'

const stage = useApiServer()

describe('a procedure', () => {
  test('is on record with what asked for it, which is under way and goes with the cluster from then on', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster)
    const procedure = switchover(operation)
    expect(await cluster.activities.beginProcedure(cluster.ref, procedure)).toBe(true)
    const id = procedureId(cluster.ref, procedure)
    expect((await statusOf(stage(), cluster)).procedure).toEqual({ id, ...procedure, since: expect.any(String) })
    expect(await operationOf(stage(), cluster)).toMatchObject({
      metadata: { ownerReferences: [{ kind: KIND, name: CLUSTER, uid: cluster.ref.uid }] },
      status: {
        phase: 'Running',
        message: 'Under way: make shop-1 the primary.',
        startedAt: expect.any(String),
        workflow: { id },
      },
    })
  })

  test('that is begun twice is on record once, since when it was begun first', async () => {
    const cluster = await formed(stage())
    const procedure = switchover(await asks(stage(), cluster))
    await cluster.activities.beginProcedure(cluster.ref, procedure)
    const [before, asked] = [(await statusOf(stage(), cluster)).procedure, await operationOf(stage(), cluster)]
    expect(await cluster.activities.beginProcedure(cluster.ref, procedure)).toBe(true)
    expect((await statusOf(stage(), cluster)).procedure).toEqual(before)
    expect((await operationOf(stage(), cluster))?.status).toEqual(asked?.status)
  })

  test('is not begun while another one is on record', async () => {
    const cluster = await formed(stage())
    await cluster.activities.beginProcedure(cluster.ref, rejoin(1))
    await expect(cluster.activities.beginProcedure(cluster.ref, rejoin(2))).rejects.toMatchObject({
      type: 'GateClosed',
      nonRetryable: true,
      message: expect.stringContaining('another procedure is under way: bring shop-1 back into the group'),
    })
  })

  test('wins or loses against another one that begins at the same moment: there is never a second', async () => {
    for (let round = 0; round < 5; round += 1) {
      const cluster = await formed(stage())
      const begun = await Promise.allSettled(
        [1, 2].map((ordinal) => cluster.activities.beginProcedure(cluster.ref, rejoin(ordinal))),
      )
      const winners = begun.flatMap(({ status }, index) => (status === 'fulfilled' ? [podName(index + 1)] : []))
      const losers = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason.type] : []))
      expect(winners).toEqual([(await statusOf(stage(), cluster)).procedure?.subject])
      expect(['Conflict', 'GateClosed']).toContain(losers[0])
    }
  })

  test('is not begun for what is gone, has ended, or is asked by another one of that name', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster)
    const begin = (over: Partial<OperationRef>) =>
      cluster.activities.beginProcedure(cluster.ref, switchover({ ...operation, ...over }))
    expect(await begin({ name: 'somebody' })).toBe(false)
    expect(await begin({ uid: 'another' })).toBe(false)
    await cluster.activities.tellOperation(cluster.ref, operation, 'Failed', 'Refused.')
    expect(await begin({})).toBe(false)
    expect((await statusOf(stage(), cluster)).procedure).toBeUndefined()
  })

  test('whose MySQLOperation was deleted meanwhile is taken off the record when it is begun again', async () => {
    const cluster = await formed(stage())
    const operation = await asks(stage(), cluster)
    await cluster.activities.beginProcedure(cluster.ref, switchover(operation))
    await stage().kubernetes.delete(OPERATION_KIND, { namespace: cluster.ref.namespace, name: operation.name })
    expect(await cluster.activities.beginProcedure(cluster.ref, switchover(operation))).toBe(false)
    expect((await statusOf(stage(), cluster)).procedure).toBeUndefined()
  })

  test('is not begun for a cluster that is going', async () => {
    const cluster = await formed(stage())
    await cluster.delete()
    expect(await cluster.activities.beginProcedure(cluster.ref, rejoin(1))).toBe(false)
  })

  test('that has ended is in the timeline, the MySQLOperation and an event, and off the record', async () => {
    const cluster = await formed(stage())
    const procedure = switchover(await asks(stage(), cluster))
    await cluster.activities.beginProcedure(cluster.ref, procedure)
    await cluster.activities.endProcedure(cluster.ref, procedure, DONE)
    const { procedure: onRecord, timeline } = await statusOf(stage(), cluster)
    expect(onRecord).toBeUndefined()
    const { operation: _, kind: what, ...rest } = procedure
    expect(timeline).toEqual([
      {
        what,
        ...rest,
        outcome: 'Succeeded',
        message: DONE.message,
        at: expect.any(String),
        seconds: expect.any(Number),
      },
    ])
    expect((await operationOf(stage(), cluster))?.status).toMatchObject({
      ...{ phase: 'Succeeded', message: DONE.message, startedAt: expect.any(String), finishedAt: expect.any(String) },
    })
    expect(await eventsOf(stage(), cluster)).toContainEqual(
      expect.stringMatching(/^SwitchoverSucceeded: shop-1 is the primary now/),
    )
  })

  test('that ends twice leaves one entry and one event, and does not end the one that came after it', async () => {
    const cluster = await formed(stage())
    const end = () => cluster.activities.endProcedure(cluster.ref, rejoin(1), { kind: 'Failed', message: 'no' })
    await cluster.activities.beginProcedure(cluster.ref, rejoin(1))
    await end()
    await end()
    await cluster.activities.beginProcedure(cluster.ref, rejoin(2))
    await end()
    const { procedure, timeline } = await statusOf(stage(), cluster)
    expect(procedure?.subject).toBe(podName(2))
    expect(timeline).toHaveLength(1)
    expect((await eventsOf(stage(), cluster)).filter((event) => event.startsWith('RejoinFailed'))).toHaveLength(1)
  })

  test('keeps the timeline as it begins, and the status that is published beside it', async () => {
    const cluster = await formed(stage())
    await cluster.activities.beginProcedure(cluster.ref, rejoin(1))
    await cluster.activities.endProcedure(cluster.ref, rejoin(1), DONE)
    await cluster.activities.beginProcedure(cluster.ref, rejoin(2))
    expect(await statusOf(stage(), cluster)).toMatchObject({ group: RECORD, timeline: [{ subject: podName(1) }] })
  })
})
