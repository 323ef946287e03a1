import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseCluster } from '../../../activities/cluster.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(60_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const statusOf = ({ user }: SimWorld) => {
  const found = user.cluster()
  return found && parseCluster(found).status
}
const pods = ({ mysql }: SimWorld) => mysql.members().map(({ podUid }) => podUid)
const renewed = (world: SimWorld) =>
  (statusOf(world)?.timeline ?? [])
    .filter(({ what }) => what === 'renewMember')
    .map(({ subject }) => subject)
    .toReversed()

describe('a restart that is asked for by an annotation of the pods', () => {
  test('is one of each member, replicas first, and happens once', async () => {
    const world = await stories.begin()
    await untilGood(world)
    const [before, primary] = [pods(world), statusOf(world)?.primary]
    world.user.patch({ pod: { annotations: { restartedAt: '2026-01-01T00:00:00Z' } } })
    await until(world, 'it changes', () => statusOf(world)?.phase === 'Changing')
    await untilGood(world)
    expect(renewed(world).toSorted()).toEqual(['shop-0', 'shop-1', 'shop-2'])
    expect(renewed(world).at(-1)).toBe(primary)
    const after = pods(world)
    expect(after.filter((uid) => before.includes(uid))).toEqual([])
    world.user.patch({ pod: { annotations: { restartedAt: '2026-01-01T00:00:00Z' } } })
    await untilGood(world)
    expect(pods(world)).toEqual(after)
    expect(world.mysql.bootstraps()).toHaveLength(1)
  })
})
