import { describe, expect, test } from '@jest/globals'
import type { DiscardOutcome } from '../../activities/discard.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginDiscard, beginBackup } = useStage()
const BACKUP = { namespace: 'default', name: 'nightly', uid: 'b-1' }
const REMOVED: DiscardOutcome = { kind: 'Removed', objects: 4 }
const AWAY: DiscardOutcome = { kind: 'Failed', code: 'StoreUnreachable', detail: 'ECONNREFUSED' }

const removal = (outcomes: readonly DiscardOutcome[], on: World['on'] = {}): Promise<Story> => {
  const left = [...outcomes]
  return beginDiscard(BACKUP, {
    beginDiscard: () => ({ kind: 'Begun' }),
    watchDiscard: () => left.shift() ?? REMOVED,
    endDiscard: (_, __, { kind }) => ({ again: kind === 'Failed' }),
    ...on,
  })
}
const acts = (story: Story): readonly string[] => story.asked.map(({ activity }) => activity)

describe('a backup that was deleted', () => {
  test('has its objects removed, and may go', async () => {
    const story = await (await removal([REMOVED])).settle()
    expect(acts(story)).toEqual(['beginDiscard', 'watchDiscard', 'endDiscard'])
    expect(story.asked.at(-1)?.args).toEqual([BACKUP, 1, REMOVED])
    expect(story.ended).toBe('completed')
  })

  test('of which nothing is to be removed ends at once', async () => {
    const story = await (await removal([], { beginDiscard: () => ({ kind: 'Over' }) })).settle()
    expect(acts(story)).toEqual(['beginDiscard'])
    expect(story.ended).toBe('completed')
  })

  test('is tried again after a growing pause while its store is away', async () => {
    const story = await (await removal([AWAY, AWAY])).settle()
    expect(story.rest).toMatchObject({ ms: 15_000 })
    await story.sleep()
    await story.settle()
    expect(story.rest).toMatchObject({ ms: 30_000 })
    await story.sleep()
    await story.settle()
    expect(story.asked.filter(({ activity }) => activity === 'endDiscard').map(({ args }) => args[1])).toEqual([
      1, 2, 3,
    ])
    expect(story.ended).toBe('completed')
  })

  test('waits for whoever still writes', async () => {
    let busy = true
    const story = await removal([], {
      beginDiscard: () => (busy ? { kind: 'Later', why: 'a pod may still write' } : { kind: 'Begun' }),
    })
    await story.settle()
    expect(story.rest).toEqual({ ms: 5_000, label: 'a pod may still write' })
    busy = false
    await story.sleep()
    await story.settle()
    expect(acts(story)).toEqual(['beginDiscard', 'beginDiscard', 'watchDiscard', 'endDiscard'])
  })

  test('goes when it is given up, and the reason is handed on', async () => {
    const story = await removal([], {
      beginDiscard: failing('Forbidden', 'no right'),
      endDiscard: () => ({ again: false }),
    })
    await story.settle()
    expect(story.asked.at(-1)?.args[2]).toEqual({ kind: 'Failed', code: 'Forbidden', detail: 'no right' })
    expect(story.ended).toBe('completed')
  })
})

test('what a backup that failed by itself has left is swept', async () => {
  const story = await beginBackup(
    { name: BACKUP.name, uid: BACKUP.uid },
    {
      beginBackup: () => ({ kind: 'Begun', donor: 'shop-1' }),
      watchBackup: () => ({ kind: 'Failed', message: 'StoreUnreachable: away', again: false, left: true }),
      endBackup: () => ({ verify: false, sweep: true }),
      beginDiscard: () => ({ kind: 'Begun' }),
      watchDiscard: () => REMOVED,
      endDiscard: () => ({ again: false }),
    },
  )
  await story.settle()
  expect(acts(story)).toEqual([
    ...['beginBackup', 'watchBackup', 'endBackup'],
    ...['beginDiscard', 'watchDiscard', 'endDiscard'],
  ])
  expect(story.asked.at(-1)?.args[0]).toEqual(BACKUP)
})
