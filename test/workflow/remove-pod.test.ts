import { expect, test } from '@jest/globals'
import type { Procedure } from '../../src/domain/procedure.ts'
import { podName, REF } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginProcedure } = useStage()
const REMOVE: Procedure = { kind: 'removePod', subject: podName(2), why: 'its node node-c is not ready' }

const lived = async (removePod: NonNullable<World['on']>['removePod']) => {
  const story = await beginProcedure(REMOVE, { beginProcedure: () => true, ...(removePod ? { removePod } : {}) })
  return story.settle()
}

test('the removal of a pod goes on record, is done, and its end is noted with the node', async () => {
  const story = await lived(() => ({ node: 'node-c' }))
  expect(story.asked.map(({ activity }) => activity)).toEqual(['beginProcedure', 'removePod', 'endProcedure'])
  expect(story.asked[1]?.args).toEqual([REF, podName(2)])
  expect(story.outcome).toEqual({
    kind: 'Succeeded',
    message: 'The pod of shop-2 is removed from node-c by force; it is made anew where its volume can be.',
  })
})

test('a pod that is gone already needs no removal', async () => {
  expect((await lived(() => ({}))).outcome).toEqual({
    kind: 'Succeeded',
    message: 'The pod of shop-2 needs no removal any more.',
  })
})

test('a gate that has closed is told, and nothing is removed', async () => {
  expect((await lived(failing('GateClosed', 'the group still counts it'))).outcome).toEqual({
    kind: 'Failed',
    message: 'the group still counts it',
  })
})
