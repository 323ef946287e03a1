import { expect, test } from '@jest/globals'
import { REF } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'

const { beginScheduled } = useStage()
const BACKUP = { name: 'shop-nightly-1', uid: 'b-1' }

test('a schedule makes a MySQLBackup of its own name, waits for it, and then looks what is too old', async () => {
  const story = await beginScheduled('nightly', {
    askScheduled: () => ({ kind: 'Asked', backup: BACKUP }),
    awaitBackup: () => ({ phase: 'Completed' }),
    retire: () => ({ deleted: [] }),
  })
  await story.settle()
  expect(story.asked.map(({ activity }) => activity)).toEqual(['askScheduled', 'awaitBackup', 'retire'])
  expect(story.asked[0]?.args).toEqual([REF, 'nightly', expect.stringMatching(/^shop-nightly-\d{8}-\d{6}$/)])
  expect(story.asked[1]?.args).toEqual([REF, BACKUP])
  expect(story.ended).toBe('completed')
})

test('a schedule that is not declared any more makes nothing', async () => {
  const story = await beginScheduled('nightly', { askScheduled: () => ({ kind: 'Over', why: 'it is gone' }) })
  await story.settle()
  expect(story.asked.map(({ activity }) => activity)).toEqual(['askScheduled'])
  expect(story.ended).toBe('completed')
})
