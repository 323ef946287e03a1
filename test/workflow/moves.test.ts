import { expect, test } from '@jest/globals'
import { entryOfMove, type Move } from '../../src/domain/moves.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { CREATED_AT, podName, serving } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import type { Story } from './stage/story.ts'

const { begin } = useStage()
const move: Move = { from: podName(1), to: podName(0), kind: 'failover', missed: CREATED_AT, moved: CREATED_AT + 6_500 }
const after = (over: Partial<Snapshot> = {}): Snapshot => serving({ moves: [move], ...over })
const noted = after({ status: { phase: 'Healthy', timeline: [entryOfMove(move)] } })

const notes = ({ asked }: Story): number => asked.filter(({ activity }) => activity === 'noteMoves').length

test('a failover by the group is noted once', async () => {
  const story = await (await begin(after())).until('noteMoves')
  story.world.found = noted
  await story.settle()
  await story.signal({ why: 'Pod set' })
  await story.settle()
  expect(notes(story)).toBe(1)
})

test('a failover that another run has noted is not noted again', async () => {
  const story = await (await begin(noted)).settle()
  expect(notes(story)).toBe(0)
})

test('a failover is noted while a procedure is under way, and while the cluster is paused', async () => {
  const procedure = {
    id: 'id',
    kind: 'rejoin',
    subject: podName(2),
    why: 'outside',
    since: '2026-01-01T00:00:00Z',
  } as const
  await (await begin(after({ status: { phase: 'Degraded', procedure } }))).until('noteMoves')
  await (await begin(after({ paused: true }))).until('noteMoves')
})

test('what is noted is published before', async () => {
  const story = await (await begin(after())).until('noteMoves')
  expect(story.steps.slice(-2)).toEqual(['publish', 'noteMoves'])
})
