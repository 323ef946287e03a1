import { describe, expect, test } from '@jest/globals'
import { stateOf } from '../../src/domain/cluster-state.ts'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { judgeRemoval } from '../../src/domain/node-trouble.ts'
import type { NodeView, PodView, Snapshot } from '../../src/domain/snapshot.ts'
import { CLUSTER, CREATED_AT, grouped, lonely, pod, podName, primary, row, serving } from '../support/snapshots.ts'

const NOW = CREATED_AT + 600_000
const LONG_AGO = NOW - 61_000
const NOT_READY: NodeView = { name: 'node-c', state: 'NotReady', since: LONG_AGO }
const duo = [primary(0), row(1)]

/** Two serve; the third one is silent, and its group has expelled it. */
const world = (node: NodeView | null = NOT_READY, over: Partial<Snapshot> = {}, other: Partial<PodView> = {}) =>
  serving({
    takenAt: NOW,
    pods: [pod(0), pod(1), pod(2, { ready: false, ...(node ? { node } : {}), ...other })],
    members: [grouped(0, duo), grouped(1, duo)],
    ...over,
  })
const verdict = (snapshot: Snapshot) => judgeRemoval(snapshot, stateOf(snapshot), podName(2))
const step = (snapshot: Snapshot) => chooseStep(snapshot, diagnose(snapshot, CLUSTER))
const message = (snapshot: Snapshot) => diagnose(snapshot, CLUSTER).message

describe('the pod of a silent member is removed by force', () => {
  test.each<[string, NodeView, Partial<PodView>]>([
    ['when its node has not been ready for a minute', NOT_READY, {}],
    ['when it does not end there', NOT_READY, { deleting: true, endsBy: LONG_AGO }],
    ['when its node exists no more', { name: 'node-c', state: 'Gone' }, {}],
  ])('%s and the group has expelled it', (_, node, other) => {
    expect(verdict(world(node, {}, other))).toMatchObject({ kind: 'Remove', uid: 'pod-uid-2' })
    expect(step(world(node, {}, other))).toMatchObject({
      kind: 'Run',
      procedure: { kind: 'removePod', subject: podName(2) },
    })
  })

  test('which is told', () => {
    expect(message(world())).toMatch(/shop-2 is silent: its node node-c is not ready; its pod is removed, to be made/)
  })
})

describe('the pod of a member stays', () => {
  test.each<[string, Snapshot]>([
    ['while its node is ready', world({ name: 'node-c', state: 'Ready' })],
    ['while nothing is known of its node', world(null, {}, { deleting: true, endsBy: LONG_AGO })],
    ['while it answers', world(NOT_READY, { members: [grouped(0, duo), grouped(1, duo), lonely(2)] })],
    ['when it is beyond the size', world(NOT_READY, { size: 2 })],
    ['while it may yet end by itself where nodes may not be read', world({ name: 'node-c', state: 'Denied' })],
  ])('%s', (_, snapshot) => {
    expect(verdict(snapshot)).toEqual({ kind: 'Needless' })
    expect(step(snapshot)).not.toMatchObject({ procedure: { kind: 'removePod' } })
  })

  const trio = [...duo, row(2, 'UNREACHABLE')]
  test.each<[string, Snapshot, RegExp]>([
    [
      'while the group still counts it',
      world(NOT_READY, { members: [grouped(0, trio), grouped(1, trio)] }),
      /the group still counts it/,
    ],
    [
      'while its node may be back in a moment',
      world({ ...NOT_READY, since: NOW - 59_000 }),
      /removed when that lasts for a minute/,
    ],
    [
      'while the others are no majority of the cluster',
      world(NOT_READY, { members: [grouped(0, [primary(0)])] }),
      /no majority of the cluster/,
    ],
    ['while only one of the others answers', world(NOT_READY, { members: [grouped(0, duo)] }), /no majority/],
    ['while the cluster is paused', world(NOT_READY, { paused: true }), /paused/],
    ['while no group serves', world(NOT_READY, { members: [lonely(0), lonely(1)] }), /no group serves/],
    [
      'while there is no primary',
      world(NOT_READY, { members: [row(0), row(1)].map((_, n) => grouped(n, [row(0), row(1)])) }),
      /no group serves/,
    ],
  ])('%s', (_, snapshot, why) => {
    expect(verdict(snapshot)).toEqual({ kind: 'Later', why: expect.stringMatching(why) })
    expect(step(snapshot)).not.toMatchObject({ procedure: { kind: 'removePod' } })
  })

  test('while another procedure is under way', () => {
    const procedure = {
      id: 'x',
      kind: 'rejoin',
      subject: podName(1),
      why: 'y',
      since: '2026-01-01T00:00:00.000Z',
    } as const
    expect(step(world(NOT_READY, { status: { phase: 'Degraded', procedure } })).kind).toBe('Wait')
  })
})

test('a node that is away is looked at again, whatever else is waited for', () => {
  const diverged = lonely(1, { holds: 'aaaaaaaa-0000-4000-8000-000000000001:1', uptimeSeconds: 600 })
  const rows = [primary(0), row(3), row(4)]
  const snapshot = serving({
    size: 5,
    takenAt: NOW,
    pods: [0, 1, 2, 3, 4].map((n) => pod(n, n === 2 ? { node: { ...NOT_READY, since: NOW - 5_000 } } : {})),
    members: [grouped(0, rows), diverged, grouped(3, rows), grouped(4, rows)],
  })
  expect(step(snapshot)).toEqual({ kind: 'Wait', why: expect.stringContaining('node-c'), again: 10_000 })
})

test('where nodes may not be read, a pod that does not end is told of, with what a person can do', () => {
  const stuck = world({ name: 'node-c', state: 'Denied' }, {}, { deleting: true, endsBy: LONG_AGO })
  expect(step(stuck)).not.toMatchObject({ procedure: { kind: 'removePod' } })
  expect(message(stuck)).toMatch(/may not read whether its node node-c lives.*kubectl delete pod shop-2 --force/)
})
