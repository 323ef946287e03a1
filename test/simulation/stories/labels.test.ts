import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseCluster } from '../../../activities/cluster.ts'
import { NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(60_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const unlabel = ({ kubernetes }: SimWorld, name: string): void => {
  const labels = { 'app.kubernetes.io/instance': 'other', 'app.kubernetes.io/managed-by': null }
  kubernetes.objects.patch('PersistentVolumeClaim', { namespace: NAMESPACE, name }, { metadata: { labels } }, 'person')
}
const claims = ({ kubernetes }: SimWorld) => kubernetes.objects.list('PersistentVolumeClaim', NAMESPACE)

describe('a claim that lost its labels', () => {
  test('goes with its cluster, when the volumes are to go', async () => {
    const world = await stories.begin({ onDelete: 'Delete' })
    await untilGood(world)
    unlabel(world, NAMES.claim(1))
    world.user.wish.there = false
    world.user.remove()
    await untilGood(world)
    expect(claims(world)).toEqual([])
  })

  test('still tells the next cluster of its name that there is data', async () => {
    const world = await stories.begin()
    await untilGood(world)
    world.user.remove()
    await until(world, 'the cluster is gone', () => !world.user.cluster())
    for (const { metadata } of claims(world)) unlabel(world, metadata.name)
    world.user.apply({ size: 1 })
    const reason = () => {
      const cluster = world.user.cluster()
      return cluster && parseCluster(cluster).status?.conditions?.find(({ type }) => type === 'Healthy')?.reason
    }
    await until(world, 'it is told', () => reason() === 'RetainedVolumes')
    expect(world.mysql.bootstraps()).toHaveLength(1)
  })
})
