import { expect, test } from '@jest/globals'
import { useStage } from './stage/jest.ts'

const { beginStray } = useStage()
const OPERATION = { namespace: 'default', name: 'hand-over', uid: 'op-1' }

const asked = (story: Awaited<ReturnType<typeof beginStray>>) =>
  story.asked.map(({ activity, args }) => [activity, args])

test('a MySQLOperation without a cluster is left alone for half a minute, ended, and removed once it was kept', async () => {
  const answers = [{ left: 3_600_000 }]
  const story = await beginStray(OPERATION, { endStray: () => answers.shift() ?? {} })
  expect(story.asked).toEqual([])
  expect(story.rest?.ms).toBe(30_000)
  await story.sleep()
  await story.settle()
  expect(asked(story)).toEqual([['endStray', [OPERATION]]])
  expect(story.rest?.ms).toBe(3_600_000)
  await story.sleep()
  await story.settle()
  expect(asked(story)).toHaveLength(2)
  expect(story.ended).toBe('completed')
})

test('one whose cluster has come by then is nobody’s concern', async () => {
  const story = await beginStray(OPERATION, { endStray: () => ({}) })
  await story.sleep()
  await story.settle()
  expect(story.ended).toBe('completed')
})
