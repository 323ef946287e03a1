import { describe, expect, test } from '@jest/globals'
import { stateOf } from '../../src/domain/cluster-state.ts'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { folderOf, isKeptId, judgeExpiry, type Kept, readKept, withKept } from '../../src/domain/kept.ts'
import { expiryJob, expiryOf } from '../../src/domain/objects/expiry-job.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { spec } from '../support/clusters.ts'
import { CLUSTER, claim, grouped, pod, podName, primary, REF, row, serving } from '../support/snapshots.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-02-01T00:00:00.000Z')
const OLD: Kept = { id: 'archive-0a', at: NOW - 8 * DAY }
const YOUNG: Kept = { id: 'aside-7', at: NOW - 6 * DAY }
const PODS = [0, 1, 2].map((ordinal) => pod(ordinal, { ready: true, nodeName: 'node' }))

/** A whole cluster, on the volume of whose last member two things were kept. */
const keeping = (over: Partial<Snapshot> = {}): Snapshot =>
  serving({
    takenAt: NOW,
    keepMs: 7 * DAY,
    pods: PODS,
    claims: [claim(0), claim(1), { ...claim(2), kept: [YOUNG, OLD] }],
    ...over,
  })
const verdict = (given: Snapshot) => judgeExpiry(given, stateOf(given))
const step = (given: Snapshot) => chooseStep(given, diagnose(given, CLUSTER))

describe('what a rebuild has kept', () => {
  test('goes when it is old, and only that', () => {
    expect(verdict(keeping())).toEqual({ pod: podName(2), claim: claim(2).name, ids: [OLD.id] })
    expect(step(keeping())).toEqual({ kind: 'Expire', pod: podName(2), ids: [OLD.id] })
  })

  const rows = [primary(0), row(1), row(2)]
  test.each<[string, Partial<Snapshot>]>([
    ['it is young', { takenAt: NOW - 2 * DAY }],
    ['the cluster is paused', { paused: true }],
    ['a member is away', { members: [0, 1].map((ordinal) => grouped(ordinal, [primary(0), row(1)])) }],
    ['a member does not answer', { members: [0, 1].map((ordinal) => grouped(ordinal, rows)) }],
    ['a member is joining', { members: [0, 1].map((one) => grouped(one, [primary(0), row(1), row(2, 'RECOVERING')])) }],
    [
      'a member has no room',
      { members: [0, 1, 2].map((one) => grouped(one, rows, one === 1 ? { lacksSpace: true } : {})) },
    ],
    ['writes are not served', { writes: podName(1) }],
    ['a pod is not ready', { pods: [...PODS.slice(0, 2), pod(2, { ready: false, nodeName: 'node' })] }],
    ['a pod is being deleted', { pods: [...PODS.slice(1), pod(0, { ready: true, deleting: true })] }],
    ['nobody knows where its member runs', { pods: [0, 1, 2].map((ordinal) => pod(ordinal, { ready: true })) }],
    [
      'a procedure is on record',
      {
        status: {
          phase: 'Healthy',
          procedure: { id: 'a', kind: 'rebuild', subject: podName(1), since: '2026-01-01T00:00:00Z', why: '' } as never,
        },
      },
    ],
    ['something else is declared', { pending: ['spec.image'] }],
    ['another size is declared', { wanted: 5 }],
    ['the declaration is refused', { objects: { kind: 'Refused', replicas: 3, reason: 'ForcedSetting', message: '' } }],
    ['nothing is kept', { claims: [claim(0), claim(1), claim(2)] }],
  ])('stays while %s', (_, over) => {
    const given = keeping(over)
    expect(verdict(given)).toBeUndefined()
    expect(step(given).kind).not.toBe('Expire')
  })
})

test('what a rebuild has kept stays where it is not said how long it is kept', () => {
  const { keepMs: _, ...given } = keeping()
  expect(verdict(given)).toBeUndefined()
})

describe('the record of it', () => {
  test('is what was written, without what names nothing that a rebuild keeps', () => {
    const kept = [OLD, { id: '../data', at: 1 }, { id: 'archive-', at: 1 }, { id: 'aside-7', at: 0 }, 'x', null]
    expect(readKept(JSON.stringify(kept))).toEqual([OLD])
    for (const text of [undefined, '', '{', '{}', 'null']) expect(readKept(text)).toEqual([])
  })

  test('counts from the first time that something was kept', () => {
    expect(withKept([OLD], OLD.id, NOW)).toEqual([OLD])
    expect(withKept([OLD], 'aside-8', NOW)).toEqual([OLD, { id: 'aside-8', at: NOW }])
  })

  test.each(['', '/', 'data', 'archive', 'archive-../x', 'archive-0a b', 'aside-', 'aside-7/..', 'Archive-0a'])(
    'never leads to %j',
    (id) => {
      expect(isKeptId(id)).toBe(false)
    },
  )
})

test('the Job removes just the folders that are named, on the node of the member', () => {
  const ids = [OLD.id, YOUNG.id]
  expect(ids.map(folderOf)).toEqual(['archive/archive-0a', 'data.damaged-aside-7'])
  const expiry = { pod: podName(2), claim: claim(2).name, ids }
  const job = expiryJob({ ref: REF, expiry, node: 'node', image: 'mysql:9.7', pod: spec().pod })
  const made = job.spec?.template.spec
  expect(made?.containers).toHaveLength(1)
  expect(made?.containers[0]?.command).toEqual([
    'rm',
    '-rf',
    '/var/lib/mysql/archive/archive-0a',
    '/var/lib/mysql/data.damaged-aside-7',
  ])
  expect(made).toMatchObject({ nodeName: 'node', restartPolicy: 'Never', automountServiceAccountToken: false })
  expect(made?.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: claim(2).name } })
  expect(job.spec?.activeDeadlineSeconds).toBe(600)
  expect(expiryOf(job.metadata?.annotations)).toEqual(ids)
})
