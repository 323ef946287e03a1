import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { pino } from 'pino'
import { Response } from 'undici'
import { sleep } from '../../src/clock.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { selectorLabels } from '../../src/domain/names.ts'
import type { Send } from '../../src/kubernetes/client.ts'
import { startInformer } from '../../src/kubernetes/informer.ts'
import type { Kubernetes } from '../../src/kubernetes/port.ts'
import type { MySQL } from '../../src/mysql/port.ts'
import type { ObserverPorts } from '../../src/observer/cluster-observer.ts'
import { createObserver, type Observer } from '../../src/observer/observer.ts'
import type { Watched } from '../../src/watcher/watcher.ts'
import { createTime } from '../simulation/world/time.ts'
import { INCARNATION, podName, REF, serving, viewId } from '../support/snapshots.ts'

const log = pino({ level: 'silent' })

const page = (names: readonly string[]) =>
  new Response(
    JSON.stringify({
      metadata: { resourceVersion: '1' },
      items: names.map((name) => ({ metadata: { namespace: 'default', name, uid: name, resourceVersion: '1' } })),
    }),
  )

const follow = (send: Send, signal: AbortSignal): readonly string[] => {
  const told: string[] = []
  const onChange = (_: string, { metadata }: { metadata: { name: string } }) => told.push(metadata.name)
  startInformer(send, { kind: 'ConfigMap', onChange }, log, signal)
  return told
}

const settle = async (): Promise<void> => {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve))
}

describe('an informer that is told to end', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  test('does not wait for its next try', async () => {
    const end = new AbortController()
    follow(async () => {
      throw new OperatorError('KubernetesUnavailable', 'away')
    }, end.signal)
    await settle()
    expect(jest.getTimerCount()).toBe(1)
    end.abort()
    await settle()
    expect(jest.getTimerCount()).toBe(0)
  })

  test('tells nothing of a list that was under way', async () => {
    const end = new AbortController()
    const { promise: answer, resolve } = Promise.withResolvers<Response>()
    const told = follow(() => answer, end.signal)
    end.abort()
    resolve(page(['late']))
    await settle()
    expect(told).toEqual([])
    expect(jest.getTimerCount()).toBe(0)
  })

  test('tells nothing of changes that came together with one that made it end', async () => {
    const end = new AbortController()
    const event = (name: string) => ({
      type: 'ADDED',
      object: { metadata: { namespace: 'default', name, uid: name, resourceVersion: '2' } },
    })
    const changes = ['a', 'b'].map((name) => JSON.stringify(event(name))).join('\n')
    const told: string[] = []
    startInformer(
      async ({ query }) => (query?.['watch'] ? new Response(`${changes}\n`) : page([])),
      {
        kind: 'ConfigMap',
        onChange: (_, { metadata }) => {
          told.push(metadata.name)
          end.abort()
        },
      },
      log,
      end.signal,
    )
    while (told.length === 0) await settle()
    await settle()
    expect(told).toEqual(['a'])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('an observer that was stopped', () => {
  const HOUR_MS = 3_600_000
  const rows = serving().members[0]?.rows ?? []
  const pods = rows.map(({ pod }, ordinal) => ({
    metadata: { namespace: REF.namespace, name: pod, labels: selectorLabels(REF.name) },
    status: { podIP: `10.0.0.${ordinal + 1}` },
  }))
  const watched = {
    clusters: { get: () => ({ spec: { size: rows.length }, status: { group: { incarnation: INCARNATION } } }) },
    pods: { list: () => pods },
    services: { get: () => undefined },
  } as unknown as Watched

  const observe = (kubernetes: Partial<Kubernetes>) => {
    const time = createTime(0)
    const opened: string[] = []
    const open: MySQL['open'] = async ({ pod }) => {
      opened.push(pod)
      const { promise: closed, resolve: close } = Promise.withResolvers<void>()
      const look = async () => ({ viewId: viewId(3), readOnly: pod !== podName(0), rows })
      return {
        look,
        compare: async () => ({ foreign: '', lacksSpace: false }),
        endClientSessions: async () => 0,
        closed,
        close,
      }
    }
    const access = async () => ({ authority: '', operator: '', replication: '' })
    const ports = { kubernetes, mysql: { open }, clock: time, domain: 'cluster.local', access, tell: () => undefined }
    const observer: Observer = createObserver(ports as unknown as ObserverPorts, () => watched, log)
    return { time, opened, observer }
  }
  const labelled = { patch: async () => undefined } as Partial<Kubernetes>
  const refused = {
    patch: async () => {
      throw new OperatorError('Forbidden', 'no')
    },
  } as Partial<Kubernetes>

  test.each([
    ['at rest', labelled, 60_000],
    ['while it tries again what failed', refused, 5_000],
  ])('does nothing more, having been stopped %s', async (_, kubernetes, at) => {
    const { time, observer, opened } = observe(kubernetes)
    observer.changed(REF, false)
    await time.runUntil(at)
    expect(opened.length).toBeGreaterThan(0)
    observer.stop()
    const { events } = time
    await time.runUntil(at + HOUR_MS)
    expect(time.events).toBe(events)
  })

  test('begins nothing by news that was under way', async () => {
    const { time, observer, opened } = observe(labelled)
    observer.stop()
    observer.changed(REF, false)
    await time.runUntil(HOUR_MS)
    expect(opened).toEqual([])
    expect(time.events).toBe(0)
  })
})

test('a pause ends with its time, or at once when nobody waits for it any more', async () => {
  const time = createTime(0)
  const end = new AbortController()
  const ended: string[] = []
  void sleep(time, 1_000).then(() => ended.push('short'))
  void sleep(time, 9_000, end.signal).then(() => ended.push('long'))
  await time.runUntil(1_000)
  expect(ended).toEqual(['short'])
  end.abort()
  await sleep(time, 9_000, end.signal)
  expect(ended).toEqual(['short', 'long'])
  await time.runUntil(10_000)
  expect(time.events).toBe(1)
})
