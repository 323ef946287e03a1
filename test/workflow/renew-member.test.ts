import { describe, expect, test } from '@jest/globals'
import type { Procedure } from '../../src/domain/procedure.ts'
import type { RollVerdict } from '../../src/domain/roll.ts'
import { podName } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginProcedure } = useStage()
const [POD, OTHER] = [podName(2), podName(0)]
const RENEW: Procedure = { kind: 'renewMember', subject: POD, why: 'spec.image changed' }
const RELEASE: RollVerdict = { kind: 'Release', pod: POD, fields: ['spec.image'] }
const REPLACE: RollVerdict = { kind: 'Replace', pod: POD, uid: 'old' }

/** A procedure that finds these verdicts one after the other. */
const lived = async (verdicts: readonly RollVerdict[], on: World['on'] = {}): Promise<Story> => {
  const left = [...verdicts]
  const story = await beginProcedure(RENEW, {
    beginProcedure: () => true,
    considerRoll: () => left.shift() ?? { kind: 'None' },
    handOver: () => ({ from: POD }),
    verifyPrimary: () => ({ unfinished: [] }),
    ...on,
  })
  return story.settle()
}
const done = (story: Story) =>
  story.asked
    .filter(({ activity }) => !['beginProcedure', 'considerRoll', 'endProcedure'].includes(activity))
    .map(({ activity, args }) => [activity, ...args.slice(1)])

describe('a member that is renewed', () => {
  test('gets another pod once what is declared was taken over', async () => {
    const story = await lived([RELEASE, REPLACE])
    expect(done(story)).toEqual([['release'], ['renew', POD, 'old']])
    expect(story.outcome).toEqual({
      kind: 'Succeeded',
      message: `${POD} is made again as declared; it rejoins next.`,
    })
  })

  test('hands over before, when it is the primary', async () => {
    const story = await lived([{ kind: 'HandOver', pod: POD, to: OTHER }, REPLACE])
    expect(done(story)).toEqual([
      ['handOver', OTHER],
      ['verifyPrimary', OTHER],
      ['renew', POD, 'old'],
    ])
  })

  test('keeps its pod while another one is amiss', async () => {
    const story = await lived([{ kind: 'Wait', why: 'shop-1 must be ONLINE before' }])
    expect(done(story)).toEqual([])
    expect(story.outcome).toEqual({ kind: 'Failed', message: 'Not done: shop-1 must be ONLINE before.' })
  })

  test('keeps its pod when another one comes first, or the change was taken back', async () => {
    expect(done(await lived([{ kind: 'Replace', pod: OTHER, uid: 'old' }]))).toEqual([])
    expect(done(await lived([{ kind: 'None' }]))).toEqual([])
  })

  test('keeps its pod when the primary role could not be handed over', async () => {
    const story = await lived([{ kind: 'HandOver', pod: POD, to: OTHER }, REPLACE], {
      handOver: failing('GateClosed', `${OTHER} lags`),
    })
    expect(done(story)).not.toContainEqual(['renew', POD, 'old'])
    expect(story.outcome).toEqual({ kind: 'Failed', message: `${OTHER} lags` })
  })
})
