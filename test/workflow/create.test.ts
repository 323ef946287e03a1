import { describe, expect, test } from '@jest/globals'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { grouped, lonely, podName, primary, RECORD, REF, row, serving, snapshot } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import type { Story } from './stage/story.ts'

const { begin } = useStage()

/** A new cluster of three whose world does what each step is meant to do. */
const growing = async (): Promise<Story> => {
  const absent = snapshot({ objects: { kind: 'Absent' }, pods: [], claims: [] })
  const joined = [0]
  const story = await begin(absent, {
    applyObjects: () => {
      story.world.found = snapshot({ members: [0, 1, 2].map((ordinal) => lonely(ordinal)) })
      return { kind: 'Applied', created: ['StatefulSet shop'] }
    },
    bootstrap: () => {
      story.world.found = grown(joined)
      return { incarnation: RECORD.incarnation }
    },
    join: (_, pod) => {
      joined.push(Number(pod.slice(-1)))
      story.world.found = grown(joined)
      return { state: 'RECOVERING' }
    },
  })
  return story
}

const grown = (joined: readonly number[]): Snapshot => {
  const rows = joined.map((ordinal) => (ordinal === 0 ? primary(0) : row(ordinal)))
  const members = [0, 1, 2].map((ordinal) => (joined.includes(ordinal) ? grouped(ordinal, rows) : lonely(ordinal)))
  return serving({ members, status: { phase: 'Creating' } })
}

describe('a new cluster', () => {
  test('is looked at, made, bootstrapped, joined one by one, and then left in peace', async () => {
    const story = await (await growing()).settle()
    expect(story.steps.filter((step) => step !== 'gather' && step !== 'publish')).toEqual([
      'applyObjects',
      `bootstrap ${podName(0)}`,
      `join ${podName(1)}`,
      `join ${podName(2)}`,
    ])
    expect(story.steps.slice(0, 3)).toEqual(['gather', 'applyObjects', 'gather'])
    expect(story.published.map(({ phase }) => phase)).toEqual(['Creating', 'Creating', 'Creating', 'Healthy'])
    expect(story.rest?.label).toBe(`Healthy: All 3 members are online; ${podName(0)} takes the writes.`)
  })

  test('rests for 10 to 30 minutes, each cluster for another time', async () => {
    const rests = await Promise.all(
      ['a', 'b', 'c', 'd'].map(
        async (uid) => (await (await begin(serving(), {}, { ...REF, uid })).settle()).rest?.ms ?? 0,
      ),
    )
    expect(new Set(rests).size).toBeGreaterThan(1)
    for (const ms of rests) expect(ms / 60_000 >= 10 && ms / 60_000 <= 30).toBe(true)
  })

  test('is published before its bootstrap, which writes to the same object', async () => {
    const story = await (await growing()).until('publish')
    expect(story.pending).toEqual(['publish'])
    await story.answerNext()
    expect(story.pending).toEqual(['bootstrap'])
  })

  test('shows what it is doing, in labels that fit', async () => {
    const story = await (await growing()).settle()
    expect(story.asked.every(({ summary }) => summary !== '' && Buffer.byteLength(summary) <= 200)).toBe(true)
    expect(story.asked.map(({ summary }) => summary)).toContain(`bring ${podName(2)} into the group`)
    expect(await story.details()).toContain('### default/shop: Healthy')
  })

  test('passes references to its activities, never a declaration or a secret', async () => {
    const story = await (await growing()).settle()
    for (const { args } of story.asked) expect(args[0]).toEqual(REF)
    expect(JSON.stringify(story.asked)).not.toMatch(/password|image/)
  })

  test('whose group was not recorded, as a worker died, has it recorded', async () => {
    const members = [grouped(0, [primary(0)]), lonely(1), lonely(2)]
    const story = await begin(snapshot({ group: { seed: podName(0), bootstraps: 1 }, members }))
    await story.until('recordGroup')
    expect(story.steps).toContain(`recordGroup ${podName(0)}`)
  })
})
