import { describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import { createActivities } from '../../activities/index.ts'
import type { Ports } from '../../activities/ports.ts'
import { API_VERSION } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../../crds/mysqloperation.ts'
import type { Applicable, Kubernetes } from '../../src/kubernetes/port.ts'
import { createStrays, type StrayClient } from '../../src/temporal/strays.ts'
import { createTime } from '../simulation/world/time.ts'
import { CREATED_AT } from '../support/snapshots.ts'

const OPERATION = { namespace: 'default', name: 'hand-over', uid: 'op-1' }
const NOW = CREATED_AT + 600_000

const operation = (over: { status?: object; metadata?: object } = {}) => ({
  apiVersion: API_VERSION,
  kind: OPERATION_KIND,
  metadata: { ...OPERATION, resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z', ...over.metadata },
  spec: { clusterName: 'shop', switchover: {}, ttlSecondsAfterFinished: 60 },
  ...(over.status ? { status: over.status } : {}),
})

/** What becomes of an operation where there is a cluster, or none. */
const end = async (found: object | undefined, cluster?: object) => {
  const applied: Applicable[] = []
  const deleted: unknown[] = []
  const kubernetes: Partial<Kubernetes> = {
    get: async (kind) => (kind === KIND ? cluster : found) as never,
    apply: async (object) => void applied.push(object),
    delete: async (...args) => {
      deleted.push(args)
      return true
    },
  }
  const ports = { kubernetes, clock: { now: () => NOW, after: () => () => undefined } } as unknown as Ports
  return { ...(await createActivities(() => ports).endStray(OPERATION)), applied, deleted }
}

describe('a MySQLOperation without a cluster', () => {
  test('fails with the reason, if nobody has changed it since, and is kept for as long as it declares', async () => {
    const { left, applied, deleted } = await end(operation())
    expect(applied).toEqual([
      expect.objectContaining({
        metadata: { namespace: 'default', name: 'hand-over', resourceVersion: '7' },
        status: {
          phase: 'Failed',
          message: 'Refused: there is no MySQLCluster shop in namespace default.',
          finishedAt: new Date(NOW).toISOString(),
        },
      }),
    ])
    expect({ left, deleted }).toEqual({ left: 60_000, deleted: [] })
  })

  const failed = (agoMs: number) => ({ phase: 'Failed', finishedAt: new Date(NOW - agoMs).toISOString() })

  test('that has ended is told nothing more, and waits for its time', async () => {
    expect(await end(operation({ status: failed(20_000) }))).toEqual({ left: 40_000, applied: [], deleted: [] })
  })

  test('is removed once it was kept long enough, and no other one of its name', async () => {
    const { left, deleted } = await end(operation({ status: failed(60_000) }))
    expect(left).toBeUndefined()
    expect({ deleted }).toEqual({
      deleted: [[OPERATION_KIND, { namespace: 'default', name: 'hand-over' }, 'op-1']],
    })
  })

  test.each<[string, object | undefined, object | undefined]>([
    ['is gone', undefined, undefined],
    ['is another one of its name by now', operation({ metadata: { uid: 'op-2' } }), undefined],
    ['is being deleted', operation({ metadata: { deletionTimestamp: 'now' } }), undefined],
    ['has its cluster by now', operation(), { metadata: { name: 'shop' } }],
  ])('is left alone when it %s', async (_, found, cluster) => {
    expect(await end(found, cluster)).toEqual({ applied: [], deleted: [] })
  })
})

test('a workflow is started for it, once at a time, as soon as Temporal can be reached', async () => {
  const time = createTime(0)
  const asked: string[] = []
  const answers = [new Error('away'), new Error('away')]
  const start = async (_: string, { workflowId }: { workflowId: string }): Promise<void> => {
    asked.push(workflowId)
    const answer = answers.shift()
    if (answer) throw answer
  }
  const tell = createStrays({ start } as unknown as StrayClient, 'queue', pino({ level: 'silent' }), time)
  tell(OPERATION)
  tell(OPERATION)
  await time.runUntil(10_000)
  expect(asked).toEqual(Array(3).fill('mysql-operation/default/hand-over/op-1'))
})
