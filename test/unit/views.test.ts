import { describe, expect, test } from '@jest/globals'
import type { Kinds } from '../../src/kubernetes/kinds.ts'
import { claimView, podView } from '../../src/kubernetes/views.ts'

type Pod = Kinds['Pod']
type Status = NonNullable<Pod['status']>

const METADATA = {
  name: 'shop-0',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}
const view = (status: unknown, metadata: object = {}) =>
  podView({
    metadata: { ...METADATA, ...metadata },
    spec: { containers: [{ name: 'mysqld', image: 'mysql:9.9' }] },
    status: status as Status,
  } as Pod)
const container = (over: object) => ({
  containerStatuses: [{ name: 'mysqld', restartCount: 3, ready: false, ...over }],
})
const crashed = {
  terminated: { exitCode: 1, reason: 'Error', message: "x [ERROR] [MY-000067] [Server] unknown variable 'a=1'." },
}
const CRASH = { kind: 'Ended', code: 1, reason: 'Error', said: "MY-000067 unknown variable 'a=1'.", restarts: 3 }

const OLDER =
  '2026-01-01T00:00:00Z 1 [ERROR] [MY-013171] [InnoDB] Cannot boot server version 80400 on data directory built by version 90700. Downgrade is not supported'
const UNBOUND = '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found'

describe('the trouble of a pod', () => {
  test.each<[string, unknown, unknown]>([
    ['is none before it has a status', undefined, undefined],
    ['is none in an ordinary start', container({ state: { waiting: { reason: 'ContainerCreating' } } }), undefined],
    [
      'is what kubelet waits for',
      container({ state: { waiting: { reason: 'ErrImagePull', message: 'not\nfound' } } }),
      { kind: 'Waiting', reason: 'ErrImagePull', message: 'not found' },
    ],
    ['is its end', container({ state: crashed }), CRASH],
    [
      'is the same while kubelet waits to start it again',
      container({ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }, lastState: crashed }),
      CRASH,
    ],
    [
      'is the same while it runs to its next end',
      container({ state: { running: {} }, started: false, lastState: crashed }),
      CRASH,
    ],
    [
      'is over once it has started',
      container({ state: { running: {} }, started: true, lastState: crashed }),
      undefined,
    ],
    [
      'is that it was killed, whatever its log ended with',
      container({
        state: { terminated: { exitCode: 137, reason: 'Error', message: 'x [ERROR] [MY-000067] [Server] of before' } },
      }),
      { kind: 'Ended', code: 137, reason: 'Error', said: '', restarts: 3 },
    ],
    [
      'is that its mysqld is older than its data',
      container({ state: { terminated: { exitCode: 1, message: OLDER } } }),
      {
        ...{ kind: 'Ended', code: 1, reason: 'Error', restarts: 3, isOlder: true },
        said: 'MY-013171 Cannot boot server version 80400 on data directory built by version 90700. Downgrade is not supported',
      },
    ],
    ['is none when it ended in order', container({ state: { terminated: { exitCode: 0 } } }), undefined],
    [
      'is what the scheduler says',
      {
        conditions: [
          { type: 'PodScheduled', status: 'False', message: 'no node', lastTransitionTime: '2026-01-01T00:00:01Z' },
        ],
      },
      { kind: 'Unscheduled', since: Date.UTC(2026, 0, 1, 0, 0, 1), message: 'no node' },
    ],
    [
      'is a wait for a volume when the scheduler says so',
      { conditions: [{ type: 'PodScheduled', status: 'False', message: UNBOUND }] },
      { kind: 'Unscheduled', since: 0, message: UNBOUND, forVolume: true },
    ],
  ])('%s', (_, status, trouble) => {
    expect(view(status)).toEqual(
      expect.objectContaining(trouble ? { image: 'mysql:9.9', trouble } : { image: 'mysql:9.9' }),
    )
    if (!trouble) expect(view(status)).not.toHaveProperty('trouble')
  })

  test('is none of one that is told to end', () => {
    const status = container({ state: { terminated: { exitCode: 143, reason: 'Error' } } })
    expect(view(status, { deletionTimestamp: '2026-01-01T00:00:02Z' })).not.toHaveProperty('trouble')
  })
})

test('a claim is told with the class that it asks for', () => {
  const metadata = { ...METADATA, name: 'data-shop-2' }
  expect(claimView({ metadata, spec: { storageClassName: 'fast' } } as never)).toEqual({
    name: 'data-shop-2',
    ordinal: 2,
    createdAt: Date.UTC(2026, 0, 1),
    phase: 'Pending',
    storageClass: 'fast',
  })
})
