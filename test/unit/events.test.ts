import { beforeEach, describe, expect, test } from '@jest/globals'
import { type ClusterActivities, createActivities } from '../../activities/index.ts'
import type { Ports } from '../../activities/ports.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { withoutNeedOfEvents } from '../../src/kubernetes/events.ts'
import type { Applicable, Kubernetes } from '../../src/kubernetes/port.ts'
import { createLog } from '../../src/log.ts'
import { PLAIN } from '../support/clusters.ts'
import { CLUSTER, REF, serving } from '../support/snapshots.ts'

const METADATA = { ...REF, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' }
let said: string[] = []
let published: Applicable[] = []
let answers: ('created' | OperatorError)[] = []
let activities: ClusterActivities
let now = 0

beforeEach(() => {
  said = []
  now = 0
  published = []
  const server: Partial<Kubernetes> = {
    get: async () => ({ metadata: METADATA, spec: PLAIN }) as never,
    apply: async (object) => void published.push(object),
    create: async ({ kind }) => {
      const answer = kind === 'Event' ? answers.shift() : undefined
      if (answer instanceof OperatorError) throw answer
      return answer ?? 'created'
    },
  }
  const log = createLog('info', 'worker', { write: (line) => said.push(line) })
  const kubernetes = withoutNeedOfEvents(server as Kubernetes, log, { now: () => now })
  const ports = {
    kubernetes,
    domain: 'cluster.local',
    instance: 'us',
    clock: { now: () => 0, after: () => () => undefined },
  } as unknown as Ports
  activities = createActivities(() => ports)
})

const { state: _, ...judged } = diagnose(serving(), CLUSTER)
const publish = () =>
  activities.publish(REF, { ...judged, generation: 1, paused: false, workflow: { id: 'w', runId: 'r' } })

const denied = new OperatorError('Forbidden', 'POST …/events: cannot create resource "events"')
const refused = new OperatorError('KubernetesRefused', 'POST …/events: note is too long')
const ending = new OperatorError('Forbidden', 'POST …/events: forbidden because it is being terminated')

describe('a status is published', () => {
  test.each([
    ['denied', denied],
    ['refused', refused],
    ['too late, as the namespace is being deleted', ending],
  ])('although its event is %s', async (__, error) => {
    answers = [error]
    await publish()
    expect(published).toHaveLength(1)
  })

  test('later, when its event cannot be written for a moment', async () => {
    answers = [new OperatorError('KubernetesUnavailable', 'no answer'), 'created']
    await expect(publish()).rejects.toMatchObject({ type: 'KubernetesUnavailable' })
    expect(published).toEqual([])
    await publish()
    expect(published).toHaveLength(1)
    expect(said).toEqual([])
  })
})

test('an event that the API server cannot take is given up after a minute, and told of in the log', async () => {
  const away = new OperatorError('KubernetesUnavailable', 'POST …/events: a webhook does not answer')
  answers = [away, away, away, 'created', away]
  for (const at of [0, 30_000]) {
    now = at
    await expect(publish()).rejects.toMatchObject({ type: 'KubernetesUnavailable' })
  }
  now = 60_000
  await publish()
  expect(published).toHaveLength(1)
  expect(said).toEqual([expect.stringContaining('a webhook does not answer')])
  await publish()
  now = 200_000
  await expect(publish()).rejects.toMatchObject({ type: 'KubernetesUnavailable' })
})

test('the log says which right is lacking and what to do, once until events are taken again', async () => {
  answers = [denied, denied, denied]
  for (let n = 0; n < 3; n++) await publish()
  expect(said).toHaveLength(1)
  expect(said[0]).toContain('cannot create resource \\"events\\"')
  expect(said[0]).toContain('RBAC manifests')
  answers = ['created', denied]
  for (let n = 0; n < 2; n++) await publish()
  expect(said).toHaveLength(2)
})

test('nothing is said of a namespace that is being deleted', async () => {
  answers = [ending]
  await publish()
  expect(said).toEqual([])
})
