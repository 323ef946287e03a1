import { describe, expect, test } from '@jest/globals'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { judgeScale, type ScaleVerdict } from '../../src/domain/scale.ts'
import type { GroupRow, Snapshot } from '../../src/domain/snapshot.ts'
import {
  CLUSTER,
  errant,
  grouped,
  lonely,
  pod,
  podName,
  primary,
  row,
  serving,
  transactions,
} from '../support/snapshots.ts'

const judged = (given: Snapshot): ScaleVerdict => judgeScale(given, diagnose(given, CLUSTER))
const chosen = (given: Snapshot) => chooseStep(given, diagnose(given, CLUSTER))
const group = (rows: readonly GroupRow[]) => rows.map(({ pod: name }) => grouped(Number(name.slice(-1)), rows))
const lastIsPrimary = [row(0), row(1), primary(2)]
const lastIsOut = [primary(0), row(1)]
const fewer = { wanted: 1 }
const held = { holds: transactions(90) }

describe('a change of size', () => {
  test.each<[string, Snapshot, object]>([
    ['is none where the size is as declared', serving(), { kind: 'None' }],
    ['adds one member at a time', serving({ wanted: 5 }), { kind: 'Grow', pod: podName(3), size: 4 }],
    [
      'takes the member of the highest ordinal out of the group first',
      serving(fewer),
      { kind: 'Leave', pod: podName(2) },
    ],
    [
      'makes a primary that is to go hand over before',
      serving({ ...fewer, members: group(lastIsPrimary), writes: podName(2) }),
      { kind: 'HandOver', pod: podName(2), to: podName(0) },
    ],
    [
      'takes away the pod of a member that has left the group',
      serving({ ...fewer, members: [...group(lastIsOut), lonely(2, held)] }),
      { kind: 'Shrink', pod: podName(2), size: 2 },
    ],
    [
      'keeps the volume of a member that holds what the group does not',
      serving({ ...fewer, members: [...group(lastIsOut), lonely(2, { holds: errant(2) })] }),
      { kind: 'Shrink', keep: 'shop-2 holds transactions that the group does not' },
    ],
    [
      'keeps the volume of a member that does not answer',
      serving({ ...fewer, members: group(lastIsOut) }),
      { kind: 'Shrink', keep: 'shop-2 does not answer, so what it holds is not known' },
    ],
    [
      'takes nobody away while one that is to stay is not ONLINE',
      serving({ ...fewer, members: [...group([primary(0), row(2)]), lonely(1, held)] }),
      { kind: 'Wait', why: 'shop-1 must be ONLINE before' },
    ],
    [
      'waits for the word of a member that stays, as that of its group may be of its pod before',
      serving({
        ...fewer,
        members: group([primary(0), row(1), row(2)]).filter(({ pod: name }) => name !== podName(1)),
      }),
      { kind: 'Wait', why: 'shop-1 must be ONLINE before' },
    ],
    [
      'adds nobody while one is not ONLINE',
      serving({ wanted: 5, members: [...group([primary(0), row(2)]), lonely(1, held)] }),
      { kind: 'Wait', why: 'shop-1 must be ONLINE before' },
    ],
    [
      'adds nobody under the name of a pod that still ends',
      serving({ wanted: 5, pods: [pod(0), pod(1), pod(2), pod(3, { deleting: true })] }),
      { kind: 'Wait', why: 'shop-3 still ends' },
    ],
    [
      'waits until writes are served',
      serving({ ...fewer, writes: podName(1) }),
      { kind: 'Wait', why: 'the cluster must take writes before its size is changed' },
    ],
    [
      'waits for the group to notice that the member which is to go is silent',
      serving({ ...fewer, members: group([primary(0), row(1), row(2)]).slice(0, 2) }),
      { kind: 'Wait' },
    ],
    [
      'waits while something else of the declaration cannot be done',
      serving({ ...fewer, objects: { kind: 'ChangeUnsupported', replicas: 3, fields: ['spec.image'] } }),
      { kind: 'Wait', why: 'what else is amiss with the declaration comes first' },
    ],
  ])('%s', (_, given, expected) => {
    expect(judged(given)).toMatchObject(expected)
  })
})

describe('the next step of a cluster whose size is to change', () => {
  test.each<[string, Snapshot, object]>([
    [
      'is a procedure that adds a member',
      serving({ wanted: 5 }),
      { procedure: { kind: 'scaleOut', subject: podName(3) } },
    ],
    [
      'is a procedure that takes a member away',
      serving(fewer),
      { procedure: { kind: 'scaleIn', subject: podName(2) } },
    ],
    ['is none while the cluster is paused', serving({ ...fewer, paused: true }), { kind: 'Rest' }],
    [
      'is to take away a member that is outside, not to bring it back',
      serving({ ...fewer, members: [...group(lastIsOut), lonely(2, held)] }),
      { procedure: { kind: 'scaleIn', subject: podName(2) } },
    ],
    [
      'is the repair of a member that is to stay',
      serving({ ...fewer, members: [...group([primary(0), row(2)]), lonely(1, held)] }),
      { procedure: { kind: 'rejoin', subject: podName(1) } },
    ],
  ])('%s', (_, given, expected) => {
    expect(chosen(given)).toMatchObject(expected)
  })
})

describe('what people read while the size changes', () => {
  const told = (given: Snapshot) => {
    const { phase, ready, healthy, reason, message } = diagnose(given, CLUSTER)
    return { phase, ready, healthy, reason, message }
  }
  test('is that it changes, and that writes are served', () => {
    expect(told(serving({ wanted: 5 }))).toEqual({
      phase: 'Changing',
      ready: true,
      healthy: false,
      reason: 'Scaling',
      message: 'All 3 members are online, and spec.size is 5: member 4 of 5 is added next.',
    })
  })

  test('is that a member goes, until its pod has ended', () => {
    const procedure = {
      id: 'scale',
      kind: 'scaleIn',
      subject: podName(3),
      why: '',
      since: '2026-01-01T00:00:00.000Z',
    } as const
    expect(told(serving({ status: { phase: 'Changing', procedure } }))).toMatchObject({
      phase: 'Changing',
      message: 'All 3 members are online; under way: take shop-3 out of the cluster.',
    })
  })

  test('is that the new member joins, and not that one is missing', () => {
    const status = { phase: 'Changing' } as const
    const members = [...group(lastIsOut), lonely(2)]
    expect(told(serving({ status, members }))).toMatchObject({ phase: 'Changing', reason: 'MembersJoining' })
    expect(told(serving({ members }))).toMatchObject({ phase: 'Degraded', reason: 'MembersMissing' })
  })

  test('is what a change of size waits for', () => {
    const members = [...group([primary(0), row(2)]), lonely(1, held)]
    expect(told(serving({ ...fewer, members })).message).toContain('spec.size 1 waits: shop-1 must be ONLINE before.')
  })
})
