import { expect, test } from '@jest/globals'
import { claim, grouped, pod, podName, primary, REF, serving } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'

const { begin } = useStage()

test('what a rebuild has kept for long is removed while there is nothing else to do, and seen to until it is gone', async () => {
  const pods = [pod(0, { ready: true, nodeName: 'node' })]
  const members = [grouped(0, [primary(0)])]
  const whole = serving({ size: 1, pods, members, keepMs: 1 })
  const keeping = { ...whole, claims: [{ ...claim(0), kept: [{ id: 'archive-0a', at: 1 }] }] }
  const outcomes = ['Begun', 'UnderWay', 'Removed']
  let times = 0
  const story = await begin(keeping, {
    expireKept: () => {
      times += 1
      if (times === outcomes.length) story.world.found = whole
      return { kind: outcomes[times - 1] }
    },
  })
  await story.settle()
  while (times < outcomes.length) {
    expect(story.rest?.label).toMatch(/archive-0a/)
    expect(story.rest?.ms).toBe(10_000)
    await story.sleep()
    await story.settle()
  }
  expect(story.asked.find(({ activity }) => activity === 'expireKept')).toMatchObject({
    args: [REF, podName(0)],
    summary: expect.stringContaining('archive-0a'),
  })
})
