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
const reasonOf = (world: SimWorld) => statusOf(world)?.conditions?.find(({ type }) => type === 'Healthy')?.reason
const versions = ({ mysql }: SimWorld) =>
  mysql
    .members()
    .map(({ pod, rows }) => `${pod} ${rows.find((row) => row.pod === pod)?.version}`)
    .toSorted()
const pods = ({ mysql }: SimWorld) => mysql.members().map(({ podUid }) => podUid)
const rebuilt = (world: SimWorld) =>
  statusOf(world)?.timeline?.filter(({ what, outcome }) => what === 'rebuild' && outcome === 'Succeeded') ?? []
const begun = async (): Promise<SimWorld> => {
  const world = await stories.begin()
  await untilGood(world)
  return world
}

describe('another version of MySQL', () => {
  test('is what every member runs in the end, the primary last and after handing over', async () => {
    const world = await begun()
    world.user.patch({ image: 'mysql:8.4' })
    await until(world, 'it changes', () => statusOf(world)?.phase === 'Changing')
    await untilGood(world)
    expect(versions(world)).toEqual(['shop-0 8.4.0', 'shop-1 8.4.0', 'shop-2 8.4.0'])
    expect(statusOf(world)?.version).toBe('8.4.0')
    expect(world.mysql.bootstraps()).toHaveLength(1)
  })

  test.each([
    ['mysql:9.7', 'VersionSkipped'],
    ['mysql:8.4.1', 'VersionDefective'],
  ])(
    'is refused before any member is touched: %s, %s; putting the old one back is all it takes',
    async (image, why) => {
      const world = await begun()
      world.kubernetes.faults.images.add('mysql:8.4.1')
      const before = pods(world)
      world.user.patch({ image })
      await until(world, 'it is refused', () => reasonOf(world) === why)
      expect(statusOf(world)).toMatchObject({ phase: 'Blocked', availableReplicas: 3 })
      world.user.patch({ image: 'mysql:8.0' })
      await untilGood(world)
      expect(pods(world)).toEqual(before)
    },
  )

  test('is not undone once all members run it', async () => {
    const world = await begun()
    world.user.patch({ image: 'mysql:8.4' })
    await until(world, 'it changes', () => statusOf(world)?.phase === 'Changing')
    await untilGood(world)
    const before = pods(world)
    world.user.patch({ image: 'mysql:8.0' })
    await until(world, 'it is refused', () => reasonOf(world) === 'DowngradeRefused')
    expect(pods(world)).toEqual(before)
  })

  test('is undone while the primary does not run it: who cannot read its data any more is made a copy', async () => {
    const world = await begun()
    world.user.patch({ image: 'mysql:8.4' })
    const isRenewed = () => versions(world).filter((one) => one.endsWith('8.4.0')).length === 1
    await until(world, 'one member is renewed', () => isRenewed() && statusOf(world)?.procedure === undefined)
    await until(world, 'it is back', () => world.mysql.members().every(({ state }) => state === 'ONLINE'))
    // The next one may be under way by now.
    const upgraded = new Set<string>()
    world.watch(() => {
      for (const one of versions(world)) if (one.endsWith(' 8.4.0')) upgraded.add(one.replace(' 8.4.0', ''))
    })
    world.user.patch({ image: 'mysql:8.0' })
    await untilGood(world)
    expect(versions(world)).toEqual(['shop-0 8.0.0', 'shop-1 8.0.0', 'shop-2 8.0.0'])
    expect(upgraded).not.toContain('shop-0')
    expect(
      rebuilt(world)
        .map(({ subject }) => subject)
        .toSorted(),
    ).toEqual([...upgraded].toSorted())
  })
})
