import { describe, expect, test } from '@jest/globals'
import { serving, snapshot } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { applications, looks } from './stage/story.ts'

const { begin } = useStage()
const waiting = () => snapshot({ members: [] })

describe('a signal', () => {
  test('wakes a cluster that rests', async () => {
    const story = await (await begin(serving())).settle()
    const before = looks(story)
    await story.signal({ why: 'pod set' })
    expect(story.pending).toEqual(['gather'])
    expect(story.rest).toBeUndefined()
    await story.settle()
    expect(looks(story)).toBe(before + 1)
    expect(story.rest).toBeDefined()
  })

  test('without input does no harm', async () => {
    const story = await (await begin(serving())).settle()
    await story.signal()
    await story.signal(null)
    await story.settle()
    expect(story.rest?.label).toMatch(/^Healthy/)
    expect(story.ended).toBeUndefined()
  })

  test('that comes while the cluster is looked at makes it look again', async () => {
    const story = await (await begin(serving())).settle()
    await story.signal({ why: 'first' })
    const before = looks(story)
    await story.signal({ why: 'second, while the look of the first is under way' })
    await story.settle()
    expect(looks(story)).toBe(before + 1)
  })

  test('that comes before the first look is answered is not lost', async () => {
    const story = await begin(waiting())
    await story.signal({ why: 'early' })
    story.world.found = serving()
    await story.settle()
    expect(story.rest?.label).toMatch(/^Healthy/)
  })

  test('about objects has them compared, another one does not', async () => {
    const story = await (await begin(serving())).settle()
    expect(applications(story)).toBe(1)
    await story.signal({ why: 'pod set' })
    await story.settle()
    expect(applications(story)).toBe(1)
    await story.signal({ why: 'Service set', objects: true })
    await story.settle()
    expect(applications(story)).toBe(2)
  })

  test('about objects that comes while they are applied has them applied again', async () => {
    const story = await (await begin(serving())).until('applyObjects')
    await story.signal({ why: 'Service set', objects: true })
    await story.settle()
    expect(applications(story)).toBe(2)
  })

  test('a storm of them is looked into once', async () => {
    const story = await (await begin(serving())).settle()
    const before = looks(story)
    await story.signal({ why: 'first' })
    for (let storm = 0; storm < 20; storm++) await story.signal({ why: `pod ${storm}` })
    await story.settle()
    expect(looks(story)).toBeLessThanOrEqual(before + 2)
  })
})

describe('a cluster at rest', () => {
  test('is looked at again when its time is over, and its objects compared', async () => {
    const story = await (await begin(serving())).settle()
    await story.sleep()
    await story.settle()
    expect(applications(story)).toBe(2)
    expect(story.published).toHaveLength(1)
  })

  test('publishes nothing that it has published', async () => {
    const story = await (await begin(serving())).settle()
    await story.signal({ why: 'resync' })
    await story.settle()
    expect(story.published).toHaveLength(1)
    story.world.found = serving({ generation: 2 })
    await story.signal({ why: 'changed', objects: true })
    await story.settle()
    expect(story.published.map(({ generation }) => generation)).toEqual([1, 2])
  })

  test('waits a short time for what comes without news', async () => {
    const story = await (await begin(waiting())).settle()
    expect(story.rest).toEqual({ ms: 10_000, label: 'waiting for a first member to start' })
  })
})
