import { describe, expect, test } from '@jest/globals'
import { grouped, lonely, podName, primary, REF, serving, snapshot } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { applications } from './stage/story.ts'

const { begin } = useStage()

describe('a paused cluster', () => {
  test('takes no step, and says that it is paused', async () => {
    const members = [grouped(0, [primary(0)]), lonely(1), lonely(2)]
    const story = await (await begin(serving({ paused: true, members }))).settle()
    expect(new Set(story.steps)).toEqual(new Set(['gather', 'publish']))
    expect(story.published).toEqual([expect.objectContaining({ paused: true })])
  })

  test('goes on when it is no longer paused', async () => {
    const members = [grouped(0, [primary(0)]), lonely(1), lonely(2)]
    const story = await (await begin(serving({ paused: true, members }))).settle()
    story.world.found = serving({ members })
    await story.signal({ why: 'MySQLCluster set', objects: true })
    await story.settle()
    expect(story.children.map(({ type, input }) => `${type} ${input.procedure.subject}`)).toEqual([
      `rejoin ${podName(1)}`,
    ])
  })
})

describe('the end', () => {
  test('of a deleted cluster is to finalise it, and to complete once it is gone', async () => {
    const story = await (await begin(serving())).settle()
    story.world.found = serving({ deleting: true })
    Object.assign(story.world.on, {
      finalise: () => {
        story.world.found = null
      },
    })
    await story.signal({ why: 'MySQLCluster set', objects: true })
    await story.settle()
    expect(story.steps.slice(-3)).toContain('finalise')
    expect(applications(story)).toBe(1)
    expect(story.ended).toBe('completed')
  })

  test('of a cluster that is gone is to complete at once', async () => {
    const story = await (await begin(null)).settle()
    expect(story.steps).toEqual(['gather'])
    expect(story.ended).toBe('completed')
  })

  test('of a cluster that vanishes while it is made too', async () => {
    const story = await begin(snapshot({ objects: { kind: 'Absent' } }), {
      applyObjects: () => {
        story.world.found = null
        return { kind: 'Skipped', why: 'the cluster is gone' }
      },
    })
    await story.settle()
    expect(story.ended).toBe('completed')
  })

  test('of a run that a person cancels is to be cancelled, with the cluster left as it is', async () => {
    const story = await (await begin(serving())).settle()
    await story.cancel()
    expect(story.ended).toBe('cancelled')
    expect(story.steps).not.toContain('finalise')
  })
})

describe('a long history', () => {
  test('is continued in a new run that knows what the old one knew', async () => {
    const story = await (await begin(serving())).settle()
    story.suggestContinueAsNew = true
    await story.signal({ why: 'resync' })
    await story.settle()
    const next = story.continuedWith
    expect(next).toMatchObject({ ...REF, state: { v: 1, appliedGeneration: 1, phase: 'Healthy' } })
    expect(JSON.parse(JSON.stringify(next))).toEqual(next)

    const heir = await (await begin(serving(), {}, next)).settle()
    // Its status names another run, and that is all there is to do.
    expect(heir.steps).toEqual(['gather', 'publish'])
    expect(heir.rest?.label).toMatch(/^Healthy/)
  })

  test('is not continued while a step is under way', async () => {
    const story = await begin(snapshot({ members: [lonely(0)] }))
    story.suggestContinueAsNew = true
    await story.until('bootstrap')
    expect(story.continuedWith).toBeUndefined()
    await story.settle()
    expect(story.continuedWith).toBeDefined()
  })

  test('carries over the news that came while its last look was under way', async () => {
    const story = await (await begin(serving())).settle()
    story.world.found = serving({ generation: 2 })
    story.suggestContinueAsNew = true
    await story.signal({ why: 'MySQLCluster set' })
    await story.until('publish')
    await story.signal({ why: 'Service set', objects: true })
    await story.settle()
    expect(story.continuedWith?.state).toMatchObject({ objectsDue: true, appliedGeneration: 2 })
  })
})
