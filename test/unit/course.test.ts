import { describe, expect, test } from '@jest/globals'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import type { Step } from '../../src/domain/plan.ts'
import { procedureId } from '../../src/domain/procedure.ts'
import type { OperationView, Snapshot } from '../../src/domain/snapshot.ts'
import {
  CLUSTER,
  grouped,
  lonely,
  podName,
  primary,
  RECORD,
  REF,
  row,
  serving,
  snapshot,
} from '../support/snapshots.ts'

const chosen = (given: Snapshot): Step => chooseStep(given, diagnose(given, CLUSTER))
const asked: OperationView = { name: 'hand-over', uid: 'op-1', request: 'switchover', pod: podName(1) }
const operations = [asked]
const outsider = { members: [grouped(0, [primary(0), row(2)]), lonely(1), grouped(2, [primary(0), row(2)])] }
const rejoin = { kind: 'rejoin', subject: podName(1), why: 'it is outside' } as const
const procedure = { id: procedureId(REF, rejoin), ...rejoin, since: '2026-01-01T00:00:00.000Z' }
const expired = [{ name: 'old', uid: 'op-0' }]

describe('the next step', () => {
  test.each<[string, Snapshot, object]>([
    ['is none for a healthy cluster of which nothing is asked', serving(), { kind: 'Rest' }],
    [
      'is what is asked',
      serving({ operations }),
      { kind: 'Run', procedure: { kind: 'switchover', subject: podName(1) } },
    ],
    [
      'is a rejoin in a workflow of its own once the cluster has lived',
      serving(outsider),
      { kind: 'Run', procedure: { kind: 'rejoin', subject: podName(1) } },
    ],
    [
      'is a plain join while the cluster is made',
      serving({ ...outsider, status: { phase: 'Creating' } }),
      { kind: 'Join', pod: podName(1) },
    ],
    [
      'is what is asked before a repair that nobody asked for',
      serving({ ...outsider, operations: [{ ...asked, pod: podName(2) }] }),
      { procedure: { kind: 'switchover' } },
    ],
    [
      'is to wait while a procedure is on record, whatever is asked',
      serving({ ...outsider, operations, expired, status: { phase: 'Degraded', procedure } }),
      { kind: 'Wait', why: 'bring shop-1 back into the group: under way' },
    ],
    [
      'is the end of a cluster that is deleted, whatever is asked and under way',
      serving({ operations, deleting: true, status: { phase: 'Healthy', procedure } }),
      { kind: 'Finalise' },
    ],
    [
      'is to make the objects where there are none, whatever is asked',
      snapshot({ operations, objects: { kind: 'Absent' } }),
      { kind: 'ApplyObjects' },
    ],
    [
      'is to tell of what cannot be done while there is no group',
      snapshot({ operations, group: RECORD }),
      { kind: 'Tell', phase: 'Failed' },
    ],
    [
      'is to remove what was kept long enough, when nothing else is to be done',
      serving({ expired }),
      { kind: 'Forget', operations: expired },
    ],
    [
      'is to remove it in a paused cluster, too',
      serving({ expired, paused: true }),
      { kind: 'Forget', operations: expired },
    ],
    ['is a repair before that', serving({ ...outsider, expired }), { procedure: { kind: 'rejoin' } }],
    ['is what is asked before that', serving({ operations, expired }), { procedure: { kind: 'switchover' } }],
  ])('%s', (_, given, step) => {
    expect(chosen(given)).toMatchObject(step)
  })
})
