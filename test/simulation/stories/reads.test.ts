import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { READS_LABEL, ROLE_LABEL, SERVES_LABEL, selectorLabels } from '../../../src/domain/names.ts'
import { guard } from '../invariants/invariants.ts'
import { MINUTE, SECOND } from '../run/clock.ts'
import { ANY, CLUSTER, NAMES, NAMESPACE, READS } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(120_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const begin = async (size: 1 | 3 = 3): Promise<SimWorld> => {
  const world = await stories.begin({ size })
  guard(world)
  await untilGood(world)
  return world
}
const behind = ({ kubernetes }: SimWorld, key: typeof READS | typeof ANY): readonly string[] =>
  kubernetes.endpointsOf(key).map(({ pod }) => pod)

/** Tells when a read Service led nowhere. */
const watchReads = (world: SimWorld): readonly string[] => {
  const gaps: string[] = []
  world.kubernetes.onRouted(({ name }, endpoints) => {
    if ([READS.name, ANY.name].some((one) => one === name) && endpoints.length === 0)
      gaps.push(`${name} at ${(world.time.now() / SECOND) % 10_000} s`)
  })
  return gaps
}

test('reads lead somewhere all the while that a cluster of one becomes one of two, and one of one again', async () => {
  const world = await begin(1)
  const gaps = watchReads(world)
  expect(behind(world, READS)).toEqual([NAMES.pod(0)])
  for (const size of [2, 1]) {
    world.user.wish.size = size
    world.user.patch({ size })
    await until(world, 'it is so', () => world.mysql.members().length === size)
    await untilGood(world)
    expect(behind(world, READS)).toEqual([NAMES.pod(size - 1)])
  }
  expect(gaps).toEqual([])
})

test('who is kept apart is read by nobody within 11 s, and where all replicas are, the primary is read', async () => {
  const world = await begin()
  await world.time.runUntil(world.time.now() + 70 * SECOND)
  world.user.patch({ paused: true })
  const gaps = watchReads(world)
  const replicas = world.mysql.members().filter(({ role }) => role === 'SECONDARY')
  const since = world.time.now()
  for (const { podUid } of replicas) world.mysql.faults.errant(podUid)
  const primary = world.mysql.members().find(({ role }) => role === 'PRIMARY')?.pod
  await until(world, 'nobody else is read', () => [READS, ANY].every((key) => behind(world, key).join() === primary))
  expect(world.time.now() - since).toBeLessThanOrEqual(11 * SECOND)
  expect(gaps).toEqual([])
})

test('an operator that takes over from an older one leads readers by labels once they are known, and never nowhere', async () => {
  const world = await begin()
  const { kubernetes, mysql, time } = world
  const gaps = watchReads(world)
  const mend = mysql.members().map(({ podUid }) => mysql.faults.isolate(podUid, 'Outside'))
  await time.runUntil(time.now() + 10 * SECOND)
  const all = selectorLabels(CLUSTER)
  const select = (key: typeof READS | typeof ANY, more: object): void =>
    void kubernetes.objects.update('Service', key, ({ spec }) => {
      if (spec) spec.selector = { ...all, ...more }
    })
  select(READS, { [ROLE_LABEL]: 'replica' })
  select(ANY, {})
  const labels = { [READS_LABEL]: null, [SERVES_LABEL]: null }
  for (const { metadata } of kubernetes.objects.list('Pod', NAMESPACE))
    kubernetes.objects.patch('Pod', { namespace: NAMESPACE, name: metadata.name }, { metadata: { labels } })
  const selected = (key: typeof READS | typeof ANY) => kubernetes.objects.get('Service', key)?.spec?.selector
  await time.runUntil(time.now() + 20 * MINUTE)
  expect(selected(READS)).toEqual({ ...all, [ROLE_LABEL]: 'replica' })
  expect(selected(ANY)).toEqual(all)
  for (const end of mend) end()
  await time.runUntil(time.now() + 40 * MINUTE)
  expect(selected(READS)).toEqual({ ...all, [READS_LABEL]: 'true' })
  expect(selected(ANY)).toEqual({ ...all, [SERVES_LABEL]: 'true' })
  await untilGood(world)
  expect(gaps).toEqual([])
  expect(world.violations).toEqual([])
})
