import { expect, test } from '@jest/globals'
import { type ClusterRef, workflowId } from '../../src/domain/names.ts'
import { startWorkflowLook } from '../../src/watcher/workflows.ts'
import { createTime } from '../simulation/world/time.ts'
import { REF } from '../support/snapshots.ts'

const OTHER: ClusterRef = { ...REF, uid: 'other' }
const LOOK_MS = 30_000
const ALL = [REF, OTHER].map(workflowId)

/** Looks as often as there are `answers`: the workflows that Temporal lists, one time after the other. */
const looking = async (answers: readonly (readonly string[] | Error)[], end = new AbortController()) => {
  const time = createTime(0)
  const told: (readonly [string, number])[] = []
  let looks = 0
  const running = async (): Promise<ReadonlySet<string>> => {
    const answer = answers[looks++] ?? []
    if (answer instanceof Error) throw answer
    return new Set(answer)
  }
  startWorkflowLook({
    clock: time,
    clusters: () => [REF, OTHER],
    running,
    tell: (ref) => told.push([ref.uid, looks]),
    signal: end.signal,
  })
  await time.runUntil(answers.length * LOOK_MS)
  return told
}

test('clusters whose workflows run are left in peace', async () => {
  expect(await looking([ALL, ALL])).toEqual([])
})

test('the cluster whose workflow someone ended is told of', async () => {
  expect(await looking([ALL, [workflowId(OTHER)]])).toEqual([[REF.uid, 2]])
})

test('all clusters are told of within half a minute after Temporal has lost its data', async () => {
  expect((await looking([[]])).map(([uid]) => uid)).toEqual([REF.uid, OTHER.uid])
})

test('a cluster is told of once until its workflow was seen running', async () => {
  const without = [workflowId(OTHER)]
  expect(await looking([without, without, without, ALL, without])).toEqual([
    [REF.uid, 1],
    [REF.uid, 5],
  ])
})

test('nothing is concluded from a Temporal that is away, and what it lost meanwhile is noticed afterwards', async () => {
  expect(await looking([ALL, new Error('away'), new Error('away'), ALL])).toEqual([])
  expect((await looking([ALL, new Error('away'), []])).map(([, look]) => look)).toEqual([3, 3])
})

test('nobody looks any more once another operator leads', async () => {
  const end = new AbortController()
  end.abort()
  expect(await looking([[]], end)).toEqual([])
})
