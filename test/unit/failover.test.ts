import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { stateOf } from '../../src/domain/cluster-state.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import {
  type FailoverVerdict,
  isAccepted,
  isNoLarger,
  judgeApproval,
  judgeFailover,
  type Loss,
} from '../../src/domain/failover.ts'
import { planOperations, refusalOf } from '../../src/domain/operations.ts'
import type { OperationView, Snapshot } from '../../src/domain/snapshot.ts'
import {
  CLUSTER,
  CREATED_AT,
  claim,
  errant,
  fallen,
  grouped,
  lonely,
  pod,
  podName,
  primary,
  row,
  serving,
  snapshot,
  transactions,
} from '../support/snapshots.ts'

const judged = (given: Snapshot, target?: string): FailoverVerdict => judgeFailover(given, stateOf(given), target)
const SILENT = [pod(0), pod(1), pod(2, { ready: false })]
const holding = (ordinal: number, last: number) => lonely(ordinal, { holds: transactions(last) })
/** shop-2 is silent; shop-1 holds more than shop-0. */
const oneSilent = fallen([holding(0, 90), holding(1, 100)], { pods: SILENT })
const diverged = fallen([lonely(0, { holds: errant(0) }), lonely(1, { holds: errant(1) }), lonely(2)])
const lossOf = (given: Snapshot, target?: string): Loss => {
  const verdict = judged(given, target)
  if (verdict.kind !== 'Possible') throw new Error(`${verdict.kind}: ${verdict.why}`)
  return verdict.loss
}

describe('a failover by a person shows what may be lost', () => {
  test('a silent member may hold anything, and the seed is the one that holds most', () => {
    expect(lossOf(oneSilent)).toEqual({ seed: podName(1), silent: [podName(2)], only: [] })
  })

  test('from another member, also what the others hold', () => {
    expect(lossOf(oneSilent, podName(0))).toEqual({
      seed: podName(0),
      silent: [podName(2)],
      only: [{ pod: podName(1), gtids: '9d3c1a52-4b0e-4f6e-8a55-0c1d2e3f4a5b:91-100' }],
    })
  })

  test('of diverged members, what each alone has', () => {
    expect(lossOf(diverged)).toEqual({
      seed: podName(0),
      silent: [],
      only: [{ pod: podName(1), gtids: errant(1) }],
    })
  })

  test('a volume without a pod, and an old one beyond the size, may hold anything', () => {
    const gone = fallen([holding(0, 100), holding(1, 100)], { pods: [pod(0), pod(1)] })
    expect(lossOf(gone).silent).toEqual([`data-${podName(2)}`])
    const claims = [claim(0), claim(1), claim(2), claim(3, CREATED_AT - 1)]
    expect(
      lossOf(
        fallen(
          [0, 1, 2].map((at) => holding(at, 9)),
          { claims },
        ),
      ).silent,
    ).toEqual([`data-${podName(3)}`])
  })
})

describe('a failover by a person is refused', () => {
  const rows = [primary(0), row(1), row(2)]
  test.each<[string, Snapshot, string | undefined, RegExp]>([
    ['while the cluster serves', serving(), undefined, /use a switchover/],
    ['before there are data', snapshot({ members: [lonely(0)] }), undefined, /no data yet/],
    ['when nothing has to be lost', fallen([0, 1, 2].map((at) => holding(at, 9))), undefined, /nothing has to be lost/],
    ['while a member that is Ready does not answer', fallen([holding(0, 9)]), undefined, /may serve in its group/],
    ['when its target does not answer', oneSilent, podName(2), /shop-2 does not answer/],
    [
      'when nobody answers',
      fallen([], { pods: SILENT.map((one) => ({ ...one, ready: false })) }),
      undefined,
      /no member/,
    ],
    [
      'when a group is there that is not on record',
      snapshot({ members: [grouped(0, rows, { viewId: '5:3' })] }),
      undefined,
      /a group is there/,
    ],
    ['when nothing was made yet', snapshot({ objects: { kind: 'Absent' } }), undefined, /no members/],
  ])('%s', (_, given, target, why) => {
    expect(judged(given, target)).toEqual({ kind: 'Refused', why: expect.stringMatching(why) })
  })

  test('for the time being, while members that see no majority have not ended', () => {
    const lost = [primary(0), row(1, 'UNREACHABLE'), row(2, 'UNREACHABLE')]
    expect(judged(fallen([grouped(0, lost)]))).toMatchObject({ kind: 'Later' })
  })

  test('for a minute after writes stopped, as silent members may only be restarting', () => {
    const since = (ms: number) => {
      const lastTransitionTime = new Date(oneSilent.takenAt - ms).toISOString()
      const condition = { type: 'Ready', status: 'False' as const, reason: 'x', message: 'x', lastTransitionTime }
      return { ...oneSilent, status: { phase: 'Offline' as const, conditions: [condition] } }
    }
    expect(judged(since(59_000)).kind).toBe('Later')
    expect(judged(since(60_000)).kind).toBe('Possible')
  })
})

describe('a loss is accepted', () => {
  const loss: Loss = { seed: podName(1), silent: [podName(2)], only: [{ pod: podName(0), gtids: transactions(5) }] }
  const shown = { ...loss, generation: 1 }

  test.each<[string, Partial<OperationView>, boolean]>([
    ['not by itself', {}, false],
    ['beforehand', { acceptLoss: true }, true],
    ['after it was shown', { approved: true, shown, generation: 2 }, true],
    ['not by an approval that was there before it was shown', { approved: true, shown, generation: 1 }, false],
    ['not when nothing was shown', { approved: true, generation: 2 }, false],
    ['not when it was refused', { approved: false, shown, generation: 2 }, false],
  ])('%s', (_, asked, is) => {
    expect(isAccepted(loss, asked)).toBe(is)
  })

  test.each<[string, Partial<Loss>, boolean]>([
    ['the same', {}, true],
    ['nobody is silent any more', { silent: [] }, true],
    ['a silent member was heard', { silent: [], only: [...loss.only, { pod: podName(2), gtids: errant(2) }] }, true],
    ['fewer transactions', { only: [{ pod: podName(0), gtids: transactions(4) }] }, true],
    ['more transactions', { only: [{ pod: podName(0), gtids: transactions(6) }] }, false],
    ['transactions of another member', { only: [{ pod: podName(3), gtids: transactions(1) }] }, false],
    ['another member is silent', { silent: [podName(2), podName(0)] }, false],
    ['another seed', { seed: podName(0) }, false],
  ])('when it was shown and is now: %s', (_, now, is) => {
    expect(isNoLarger({ ...loss, ...now }, loss)).toBe(is)
  })
})

describe('the gate of the act', () => {
  const asked: OperationView = { name: 'go', uid: 'op-1', request: 'failover', generation: 2 }
  const approved = (given: Snapshot, over: Partial<OperationView> = {}): OperationView => ({
    ...asked,
    approved: true,
    shown: { ...lossOf(given), generation: 1 },
    ...over,
  })

  test('opens for the loss that was shown, and for its seed', () => {
    expect(judgeApproval(oneSilent, stateOf(oneSilent), podName(1), approved(oneSilent))).toEqual({ kind: 'Allowed' })
  })

  test.each<[string, Snapshot, string, OperationView | undefined]>([
    ['nobody asks any more', oneSilent, podName(1), undefined],
    ['something else is asked', oneSilent, podName(1), { ...approved(oneSilent), request: 'switchover' }],
    ['nobody has approved', oneSilent, podName(1), asked],
    ['it was approved for another seed', oneSilent, podName(0), approved(oneSilent)],
    ['another target was asked for', oneSilent, podName(0), { ...asked, acceptLoss: true, pod: podName(1) }],
    ['it was refused meanwhile', oneSilent, podName(1), { ...asked, acceptLoss: true, approved: false }],
    ['the cluster serves again', serving(), podName(1), approved(oneSilent)],
    [
      'one more member is silent',
      fallen([holding(1, 100)], { pods: SILENT.map((one) => ({ ...one, ready: false })) }),
      podName(1),
      approved(oneSilent),
    ],
  ])('stays shut when %s', (_, given, seed, operation) => {
    expect(judgeApproval(given, stateOf(given), seed, operation).kind).toBe('Closed')
  })

  test('for all clusters: what opens it was accepted, and no member that answers is in a group', () => {
    const holds = fc.constantFrom(transactions(1), transactions(9), errant(0), errant(1), '')
    const member = fc.record({
      holds,
      state: fc.constantFrom('OFFLINE', 'OFFLINE', 'ONLINE', 'ERROR'),
      ready: fc.boolean(),
    })
    const worlds = fc.array(fc.option(member, { nil: undefined }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(worlds, worlds, fc.boolean(), (before, now, isApproved) => {
        const world = (parts: typeof before): Snapshot =>
          fallen(
            parts.flatMap((one, at) =>
              one ? [lonely(at, { holds: one.holds, rows: [row(at, one.state as 'ONLINE')] })] : [],
            ),
            { pods: parts.map((one, at) => pod(at, { ready: one?.ready ?? false })) },
          )
        const first = judged(world(before))
        if (first.kind !== 'Possible') return
        const operation = { ...asked, approved: isApproved, shown: { ...first.loss, generation: 1 } }
        const given = world(now)
        const verdict = judgeApproval(given, stateOf(given), first.loss.seed, operation)
        if (verdict.kind !== 'Allowed') return
        expect(isApproved).toBe(true)
        expect(given.members.some(({ rows }) => rows[0]?.state === 'ONLINE')).toBe(false)
        expect(isNoLarger(lossOf(given, first.loss.seed), first.loss)).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a MySQLOperation failover', () => {
  const asked: OperationView = { name: 'go', uid: 'op-1', request: 'failover', generation: 1 }
  const planned = (operation: OperationView) => {
    const given = { ...oneSilent, operations: [operation] }
    return planOperations(given, diagnose(given, CLUSTER))
  }

  test('is shown what may be lost, and how to decide', () => {
    expect(planned(asked)).toMatchObject({
      kind: 'Tell',
      phase: 'AwaitingApproval',
      message: expect.stringMatching(
        /only shop-2 may hold.*To go on: kubectl patch mysqloperation go .*approved":true.*To refuse: .*approved":false/,
      ),
      loss: { seed: podName(1), silent: [podName(2)] },
    })
  })

  test('that waits is not told twice', () => {
    const shown = { ...lossOf(oneSilent), generation: 1 }
    expect(planned({ ...asked, phase: 'AwaitingApproval', shown })).toBeUndefined()
  })

  test('is carried out once it is approved, or when it accepts any loss', () => {
    const shown = { ...lossOf(oneSilent), generation: 1 }
    const run = { kind: 'Run', procedure: { kind: 'failover', subject: podName(1), operation: { uid: 'op-1' } } }
    expect(planned({ ...asked, phase: 'AwaitingApproval', shown, approved: true, generation: 2 })).toMatchObject(run)
    expect(planned({ ...asked, acceptLoss: true })).toMatchObject(run)
  })

  test('that was approved for less waits, as what was approved may be all again', () => {
    const shown = { seed: podName(0), silent: [], only: [], generation: 1 }
    const step = planned({ ...asked, approved: true, phase: 'AwaitingApproval', shown, generation: 2 })
    expect(step).toMatchObject({ kind: 'Tell', phase: 'AwaitingApproval' })
    expect(step).toMatchObject({
      message: expect.stringContaining('Make another MySQLOperation, and delete this one.'),
    })
    expect(step).not.toHaveProperty('loss')
  })

  test('that was approved before it saw the loss has failed, as it cannot be approved again', () => {
    expect(planned({ ...asked, approved: true })).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('before this was shown'),
    })
  })

  test('is refused at once where the cluster serves', () => {
    const given = serving()
    expect(refusalOf(given, diagnose(given, CLUSTER), asked)).toMatch(/switchover/)
  })
})
