import { describe, expect, test } from '@jest/globals'
import type { Procedure } from '../../src/domain/procedure.ts'
import type { ScaleVerdict } from '../../src/domain/scale.ts'
import { podName, REF } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginProcedure } = useStage()
const [POD, OTHER] = [podName(2), podName(0)]
const GO: Procedure = { kind: 'scaleIn', subject: POD, why: 'spec.size is 1, and there are 3 members' }
const COME: Procedure = { kind: 'scaleOut', subject: podName(3), why: 'spec.size is 5, and there are 3 members' }
const LEAVE: ScaleVerdict = { kind: 'Leave', pod: POD }
const SHRINK: ScaleVerdict = { kind: 'Shrink', pod: POD, size: 2 }

/** A procedure that finds these verdicts one after the other. */
const lived = async (procedure: Procedure, verdicts: readonly ScaleVerdict[], on: World['on'] = {}): Promise<Story> => {
  const left = [...verdicts]
  const story = await beginProcedure(procedure, {
    beginProcedure: () => true,
    considerScale: () => left.shift() ?? { kind: 'None' },
    handOver: () => ({ from: POD }),
    verifyPrimary: () => ({ unfinished: [] }),
    dispose: () => ({ volume: 'kept' }),
    ...on,
  })
  return story.settle()
}
const done = (story: Story) =>
  story.asked
    .filter(({ activity }) => !['beginProcedure', 'considerScale', 'endProcedure'].includes(activity))
    .map(({ activity, args }) => [activity, ...args.slice(1)])

describe('a member that is to go', () => {
  test('hands over, leaves the group, and only then its pod is taken away', async () => {
    const story = await lived(GO, [{ kind: 'HandOver', pod: POD, to: OTHER }, LEAVE, SHRINK])
    expect(done(story)).toEqual([
      ['handOver', OTHER],
      ['verifyPrimary', OTHER],
      ['dismiss', POD],
      ['resize', POD, 2],
      ['dispose', POD, true],
    ])
    expect(story.outcome).toEqual({
      kind: 'Succeeded',
      message: `The cluster has 2 members; the volume of ${POD} is kept.`,
    })
  })

  test('keeps its volume when it holds what the group does not, and people read why', async () => {
    const story = await lived(GO, [{ ...SHRINK, keep: `${POD} holds transactions that the group does not` }])
    expect(done(story)).toContainEqual(['dispose', POD, false])
    expect(story.outcome?.message).toContain(`is kept, as ${POD} holds transactions that the group does not.`)
  })

  test('stays where it is when the size was changed back', async () => {
    const story = await lived(GO, [{ kind: 'None' }])
    expect(done(story)).toEqual([])
    expect(story.outcome).toEqual({ kind: 'Succeeded', message: `${POD} is not to go any more.` })
  })

  test('is left outside, with its pod, when the size was changed back after it had left', async () => {
    const story = await lived(GO, [LEAVE, { kind: 'Grow', pod: podName(3), size: 4 }])
    expect(done(story)).toEqual([['dismiss', POD]])
  })

  test('stays while another one is amiss', async () => {
    const story = await lived(GO, [{ kind: 'Wait', why: 'shop-1 must be ONLINE before' }])
    expect(done(story)).toEqual([])
    expect(story.outcome).toEqual({ kind: 'Failed', message: 'Not done: shop-1 must be ONLINE before.' })
  })

  test('is not taken away when it could not leave', async () => {
    const story = await lived(GO, [LEAVE, SHRINK], { dismiss: failing('GateClosed', 'it is the primary again') })
    expect(done(story)).not.toContainEqual(['resize', POD, 2])
    expect(story.outcome).toEqual({ kind: 'Failed', message: 'it is the primary again' })
  })
})

describe('a member that is added', () => {
  test('gets a pod, and joins like any other afterwards', async () => {
    const story = await lived(COME, [{ kind: 'Grow', pod: podName(3), size: 4 }])
    expect(story.asked.find(({ activity }) => activity === 'resize')?.args).toEqual([REF, podName(3), 4])
    expect(story.outcome).toEqual({ kind: 'Succeeded', message: 'The cluster has 4 members; shop-3 joins next.' })
  })

  test('is not added when the size was changed back', async () => {
    const story = await lived(COME, [{ kind: 'None' }])
    expect(done(story)).toEqual([])
  })
})
