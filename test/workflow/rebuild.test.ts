import { describe, expect, test } from '@jest/globals'
import type { Procedure } from '../../src/domain/procedure.ts'
import type { RebuildVerdict } from '../../src/domain/rebuild.ts'
import { podName, REF } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginProcedure } = useStage()
const [DONOR, POD] = [podName(1), podName(2)]
const REBUILD: Procedure = { kind: 'rebuild', subject: POD, why: 'it holds transactions of its own' }
const ARCHIVE: RebuildVerdict = { kind: 'Archive', id: 'archive-1', errant: 'uuid:1' }
const COPY: RebuildVerdict = { kind: 'Copy', donor: DONOR }
const JOIN: RebuildVerdict = { kind: 'Join' }

/** A rebuild that finds these verdicts one after the other. */
const lived = async (verdicts: readonly RebuildVerdict[], on: World['on'] = {}): Promise<Story> => {
  const left = [...verdicts]
  const story = await beginProcedure(REBUILD, {
    beginProcedure: () => true,
    considerRebuild: () => left.shift() ?? { kind: 'Refused', why: 'there is no more to say' },
    archiveLogs: () => ({ id: 'archive-1' }),
    copyData: () => ({ donor: DONOR }),
    join: () => ({ state: 'RECOVERING' }),
    ...on,
  })
  return story.settle()
}
const done = (story: Story): readonly string[] =>
  story.asked
    .map(({ activity }) => activity)
    .filter((activity) => !['beginProcedure', 'considerRebuild', 'endProcedure'].includes(activity))

describe('a rebuild', () => {
  test('does what the evidence asks for, one act after the other, and says what is kept', async () => {
    const story = await lived([{ kind: 'Leave' }, ARCHIVE, COPY, JOIN])
    expect(done(story)).toEqual(['leaveGroup', 'archiveLogs', 'copyData', 'join'])
    expect(story.outcome).toEqual({
      kind: 'Succeeded',
      message: `${POD} is a copy of ${DONOR} and RECOVERING in the group. What it alone held is kept on its volume, in archive/archive-1: uuid:1.`,
    })
  })

  test('tells the evidence that its copy is made only once it is', async () => {
    const story = await lived([{ kind: 'MoveAside' }, COPY, JOIN])
    expect(done(story)).toEqual(['moveAside', 'copyData', 'join'])
    const considered = story.asked.filter(({ activity }) => activity === 'considerRebuild').map(({ args }) => args)
    expect(considered).toEqual([
      [REF, { pod: POD }],
      [REF, { pod: POD }],
      [REF, { pod: POD, copied: true }],
    ])
  })

  test('labels each act for whoever looks on', async () => {
    const story = await lived([ARCHIVE, COPY, JOIN])
    expect(story.asked.map(({ summary }) => summary)).toEqual(
      expect.arrayContaining([
        `archive the logs of ${POD}, which alone holds uuid:1`,
        `copy the data of ${DONOR} to ${POD}`,
        `start Group Replication on ${POD}`,
      ]),
    )
  })

  test.each<RebuildVerdict>([
    { kind: 'Refused', why: 'nobody can be copied' },
    { kind: 'Approval', why: 'nobody can be copied' },
  ])('touches nothing when the evidence says $kind', async (verdict) => {
    const story = await lived([verdict])
    expect(done(story)).toEqual([])
    expect(story.outcome).toEqual({ kind: 'Failed', message: 'Not done: nobody can be copied.' })
  })

  test('does not join what was not copied', async () => {
    const story = await lived([COPY, JOIN], { copyData: failing('GateClosed', 'the donor is gone') })
    expect(done(story)).not.toContain('join')
    expect(story.outcome).toEqual({ kind: 'Failed', message: 'the donor is gone' })
  })

  test('ends when the evidence never changes', async () => {
    const story = await lived(Array(20).fill(COPY))
    expect(story.outcome).toMatchObject({
      kind: 'Failed',
      message: expect.stringContaining('not rebuilt after 8 steps'),
    })
  })
})
