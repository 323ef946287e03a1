import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseCluster } from '../../../activities/cluster.ts'
import { guard } from '../invariants/invariants.ts'
import { NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(120_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const begin = async (): Promise<SimWorld> => {
  const world = await stories.begin()
  guard(world)
  await untilGood(world)
  return world
}
const keyOf = (name: string) => ({ namespace: NAMESPACE, name })
const podOf = (world: SimWorld, name: string) => world.kubernetes.objects.get('Pod', keyOf(name))
const statusOf = (world: SimWorld) => {
  const found = world.user.cluster()
  return (found && parseCluster(found).status) ?? {}
}
const timeline = (world: SimWorld): readonly string[] =>
  (statusOf(world).timeline ?? []).map(({ what, subject, outcome }) => `${what} ${subject} ${outcome}`)

describe('the node of a member goes away', () => {
  test.each(['primary', 'replica'])('with the %s on it: its pod is made elsewhere, and it rejoins', async (role) => {
    const world = await begin()
    const { primary = '' } = statusOf(world)
    const name = role === 'primary' ? primary : primary === 'shop-1' ? 'shop-2' : 'shop-1'
    const before = podOf(world, name)?.metadata.uid
    const node = world.kubernetes.faults.failNodeOf(keyOf(name)) ?? ''
    await until(world, 'its pod is removed', () => timeline(world).includes(`removePod ${name} Succeeded`))
    await untilGood(world)
    expect(podOf(world, name)?.metadata.uid).not.toBe(before)
    expect(podOf(world, name)?.spec?.nodeName).not.toBe(node)
    world.kubernetes.faults.repairNode(node)
    await untilGood(world)
    expect(timeline(world).filter((entry) => entry.startsWith('removePod'))).toHaveLength(1)
    expect(world.violations).toEqual([])
  })

  test('for less than two minutes: its pod stays, and runs again', async () => {
    const world = await begin()
    const before = podOf(world, 'shop-1')?.metadata.uid
    const node = world.kubernetes.faults.failNodeOf(keyOf('shop-1')) ?? ''
    await world.time.runUntil(world.time.now() + 80_000)
    world.kubernetes.faults.repairNode(node)
    await untilGood(world)
    expect(podOf(world, 'shop-1')?.metadata.uid).toBe(before)
    expect(timeline(world).filter((entry) => entry.startsWith('removePod'))).toEqual([])
  })

  test('with that of another one: no pod is removed, as the group has lost its majority', async () => {
    const world = await begin()
    const nodes = ['shop-1', 'shop-2'].map((name) => world.kubernetes.faults.failNodeOf(keyOf(name)) ?? '')
    await world.time.runUntil(world.time.now() + 200_000)
    expect(timeline(world).filter((entry) => entry.startsWith('removePod'))).toEqual([])
    for (const node of nodes) world.kubernetes.faults.repairNode(node)
    await untilGood(world)
    expect(world.violations).toEqual([])
  })
})
