import { describe, expect, test } from '@jest/globals'
import type { GrowthVerdict } from '../../src/domain/growth.ts'
import type { Procedure } from '../../src/domain/procedure.ts'
import { podName } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginProcedure } = useStage()
const GROW: Procedure = { kind: 'growVolumes', subject: podName(0), why: 'spec.storage.size is 20Gi, and was 10Gi' }
const of = { claims: ['data-shop-0'], size: '20Gi' }
const ASK: GrowthVerdict = { kind: 'Ask', ...of }
const TAKE: GrowthVerdict = { kind: 'TakeOver', ...of }
const WAIT: GrowthVerdict = { kind: 'Wait', why: 'the volumes grow to 20Gi: data-shop-0 has 10Gi' }

/** A procedure that finds these verdicts one after the other. */
const lived = async (verdicts: readonly GrowthVerdict[], on: World['on'] = {}): Promise<Story> => {
  const left = [...verdicts]
  const story = await beginProcedure(GROW, {
    beginProcedure: () => true,
    considerGrowth: () => left.shift() ?? { kind: 'None' },
    ...on,
  })
  return story.settle()
}
const done = (story: Story) =>
  story.asked
    .map(({ activity }) => activity)
    .filter((activity) => !['beginProcedure', 'considerGrowth', 'endProcedure'].includes(activity))

describe('volumes that are made larger', () => {
  test('are asked for, waited for, and taken over', async () => {
    const story = await lived([ASK, WAIT, TAKE])
    expect(done(story)).toEqual(['enlarge', 'watchGrowth', 'takeOverVolumes'])
    expect(story.outcome).toEqual({ kind: 'Succeeded', message: 'All volumes are as large as declared.' })
  })

  test('are not waited for long: another look goes on', async () => {
    const story = await lived([ASK, WAIT, WAIT])
    expect(done(story)).toEqual(['enlarge', 'watchGrowth'])
    expect(story.outcome).toEqual({
      kind: 'Succeeded',
      message: 'Not all is done yet: the volumes grow to 20Gi: data-shop-0 has 10Gi.',
    })
  })

  test('keep their size when that is refused', async () => {
    const found = await lived([{ kind: 'Refused', reason: 'QuotaExceeded', why: 'exceeded quota: disks' }])
    expect(done(found)).toEqual([])
    expect(found.outcome).toEqual({ kind: 'Failed', message: 'Not done: exceeded quota: disks.' })
    const late = await lived([ASK], { enlarge: failing('VolumeNotExpandable', 'its class does not let it') })
    expect(late.outcome).toEqual({ kind: 'Failed', message: 'its class does not let it' })
  })
})
