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

const SET = { namespace: NAMESPACE, name: NAMES.statefulSet }
const statusOf = ({ user }: SimWorld) => {
  const found = user.cluster()
  return found && parseCluster(found).status
}
const reasonOf = (world: SimWorld) => statusOf(world)?.conditions?.find(({ type }) => type === 'Healthy')?.reason
const setOf = ({ kubernetes }: SimWorld) => kubernetes.objects.get('StatefulSet', SET)
const templateOf = (world: SimWorld) =>
  setOf(world)?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage']
const sizes = ({ kubernetes }: SimWorld) =>
  kubernetes.objects
    .list('PersistentVolumeClaim', NAMESPACE)
    .map(({ spec, status }) => `${spec?.resources?.requests?.['storage']} ${status?.capacity?.['storage']}`)
const pods = ({ mysql }: SimWorld) => mysql.members().map(({ podUid }) => podUid)
const growths = (world: SimWorld) => statusOf(world)?.timeline?.filter(({ what }) => what === 'growVolumes') ?? []
const grow = ({ user }: SimWorld, size: string): void => user.patch({ storage: { size } })
const begun = async (): Promise<SimWorld> => {
  const world = await stories.begin()
  await untilGood(world)
  return world
}
const FULL = ['20Gi 20Gi', '20Gi 20Gi', '20Gi 20Gi']
const SMALL = ['10Gi 10Gi', '10Gi 10Gi', '10Gi 10Gi']

/** Has the workers die as soon as the StatefulSet is gone; what is returned tells how often that was. */
const dyingWithoutSet = (world: SimWorld, meanwhile: () => void = () => undefined): (() => number) => {
  let died = 0
  world.kubernetes.onWrite(({ kind, key, after }) => {
    if (kind !== 'StatefulSet' || key.name !== NAMES.statefulSet || after || died > 0) return
    died += 1
    queueMicrotask(() => {
      for (const worker of world.staff.workers()) world.staff.kill(worker, 'it dies with the StatefulSet gone')
      meanwhile()
    })
  })
  return () => died
}

describe('larger volumes', () => {
  test('are had by all members, whose pods run on, and by those that are added later', async () => {
    const world = await begun()
    const [before, uid] = [pods(world), setOf(world)?.metadata.uid]
    grow(world, '20Gi')
    await until(world, 'all is taken over', () => statusOf(world)?.storage?.size === '20Gi')
    await untilGood(world)
    expect(sizes(world)).toEqual(FULL)
    expect(templateOf(world)).toBe('20Gi')
    expect(pods(world)).toEqual(before)
    expect(setOf(world)?.metadata.uid).not.toBe(uid)
    expect(growths(world).every(({ outcome }) => outcome === 'Succeeded')).toBe(true)
    expect(growths(world).length).toBeGreaterThan(0)
    world.user.wish.size = 4
    world.user.patch({ size: 4 })
    await untilGood(world)
    expect(sizes(world)).toEqual([...FULL, '20Gi 20Gi'])
  })

  test('are asked for before a member is added by the same edit, whose volume is as large in the end', async () => {
    const world = await begun()
    world.user.wish.size = 5
    world.user.patch({ size: 5, storage: { size: '20Gi' } })
    await untilGood(world)
    await until(world, 'all is taken over', () => statusOf(world)?.storage?.size === '20Gi')
    expect(sizes(world)).toEqual([...FULL, '20Gi 20Gi', '20Gi 20Gi'])
  })

  test('are refused by their class, with nothing changed; it is tried again, and what was declared can be taken back', async () => {
    const world = await begun()
    const [uid, { fixedClasses }] = [setOf(world)?.metadata.uid, world.kubernetes.faults]
    fixedClasses.add('standard')
    grow(world, '20Gi')
    await until(world, 'it is refused', () => reasonOf(world) === 'VolumeNotExpandable')
    expect(statusOf(world)).toMatchObject({ phase: 'Blocked', availableReplicas: 3, storage: { size: '10Gi' } })
    expect(sizes(world)).toEqual(SMALL)
    grow(world, '10Gi')
    await untilGood(world)
    expect(setOf(world)?.metadata.uid).toBe(uid)
    grow(world, '20Gi')
    await until(world, 'it is refused', () => reasonOf(world) === 'VolumeNotExpandable')
    expect(growths(world)).toEqual([])
    fixedClasses.delete('standard')
    await until(world, 'all is taken over', () => statusOf(world)?.storage?.size === '20Gi')
    expect(sizes(world)).toEqual(FULL)
  })

  test('are none where the same size is written otherwise', async () => {
    const world = await begun()
    const uid = setOf(world)?.metadata.uid
    grow(world, '10240Mi')
    await untilGood(world)
    expect(setOf(world)?.metadata.uid).toBe(uid)
    expect(growths(world)).toEqual([])
  })

  test('are made in the end though the worker dies with its StatefulSet gone', async () => {
    const world = await begun()
    const before = pods(world)
    const died = dyingWithoutSet(world)
    grow(world, '20Gi')
    await until(world, 'all is taken over', () => statusOf(world)?.storage?.size === '20Gi')
    await untilGood(world)
    expect(died()).toBe(1)
    expect([sizes(world), templateOf(world)]).toEqual([FULL, '20Gi'])
    expect(pods(world)).toEqual(before)
  })

  test('take no member away when fewer are declared just then: they leave one by one', async () => {
    const world = await begun()
    const died = dyingWithoutSet(world, () => {
      world.user.wish.size = 1
      world.user.patch({ size: 1 })
    })
    grow(world, '20Gi')
    await until(world, 'its StatefulSet is gone', () => died() === 1)
    await untilGood(world)
    const left = statusOf(world)?.timeline?.filter(({ what }) => what === 'scaleIn') ?? []
    expect(left.map(({ subject }) => subject)).toEqual(['shop-1', 'shop-2'])
  })
})
