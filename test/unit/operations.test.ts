import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import { planOperations, refusalOf } from '../../src/domain/operations.ts'
import type { Step } from '../../src/domain/plan.ts'
import type { OperationView, Snapshot } from '../../src/domain/snapshot.ts'
import { CLUSTER, podName, serving } from '../support/snapshots.ts'

const asked = (over: Partial<OperationView> = {}): OperationView => ({
  name: 'hand-over',
  uid: 'op-1',
  request: 'switchover',
  pod: podName(1),
  ...over,
})
const operation = { name: 'hand-over', uid: 'op-1' }
const planned = (operations: readonly OperationView[], over: Partial<Snapshot> = {}): Step | undefined => {
  const given = serving({ operations, ...over })
  return planOperations(given, diagnose(given, CLUSTER))
}
const told = (phase: 'Pending' | 'Succeeded' | 'Failed', message: string): Step => ({
  kind: 'Tell',
  ...{ operation, phase, message },
})
const PAUSED = 'The cluster is paused (spec.paused): it is carried out afterwards.'

describe('a MySQLOperation', () => {
  test('that can be carried out is', () => {
    expect(planned([asked()])).toEqual({
      kind: 'Run',
      procedure: { kind: 'switchover', subject: podName(1), why: 'MySQLOperation hand-over asks for it', operation },
    })
  })

  test.each<[string, Partial<OperationView>, Partial<Snapshot>, Step]>([
    [
      'whose target is the primary has succeeded',
      { pod: podName(0) },
      {},
      told('Succeeded', 'shop-0 is the primary already.'),
    ],
    [
      'whose target is no member has failed',
      { pod: 'x' },
      {},
      told('Failed', 'Refused: x is no member of this cluster; the members are shop-0, shop-1, shop-2.'),
    ],
    [
      'that was not understood has failed',
      { refused: 'the input is not understood' },
      {},
      told('Failed', 'Refused: the input is not understood.'),
    ],
    [
      'that was not understood is refused while the cluster is paused, too',
      { refused: 'no' },
      { paused: true },
      told('Failed', 'Refused: no.'),
    ],
    [
      'that a person refuses has failed',
      { approved: false },
      {},
      told('Failed', 'Refused by a person (spec.approved: false).'),
    ],
    ['of a paused cluster waits', {}, { paused: true }, told('Pending', PAUSED)],
  ])('%s', (_, over, world, step) => {
    expect(planned([asked(over)], world)).toEqual(step)
  })

  test('that waits and says so is left alone', () => {
    expect(planned([asked({ phase: 'Pending', message: PAUSED })], { paused: true })).toBeUndefined()
  })

  test('that waits holds up no other', () => {
    const waits = asked({ name: 'first', uid: 'op-0', phase: 'Pending', message: PAUSED })
    expect(planned([waits, asked()], { paused: true })).toEqual(told('Pending', PAUSED))
  })

  test('is served after the older ones', () => {
    expect(planned([asked({ name: 'first', uid: 'op-0' }), asked()])).toMatchObject({
      procedure: { operation: { name: 'first', uid: 'op-0' } },
    })
  })
})

test('nothing is to be done where nothing is asked', () => {
  expect(planned([])).toBeUndefined()
})

describe('a request is refused at once', () => {
  const refusal = (over: Partial<OperationView>, world: Partial<Snapshot> = {}): string | undefined => {
    const given = serving(world)
    return refusalOf(given, diagnose(given, CLUSTER), asked(over))
  }

  test.each<[string, Partial<OperationView>, Partial<Snapshot>, string | undefined]>([
    ['not when it can be carried out', {}, {}, undefined],
    ['not when there is nothing to do', { pod: podName(0) }, {}, undefined],
    ['while the cluster is paused', {}, { paused: true }, 'the cluster is paused (spec.paused)'],
    [
      'with the reason of the verdict',
      { pod: 'x' },
      {},
      'x is no member of this cluster; the members are shop-0, shop-1, shop-2',
    ],
  ])('%s', (_, over, world, why) => {
    expect(refusal(over, world)).toEqual(why)
  })
})
