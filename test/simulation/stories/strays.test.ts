import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { parseOperation } from '../../../activities/operations.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { guard } from '../invariants/invariants.ts'
import { CLUSTER, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(120_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const key = { namespace: NAMESPACE, name: 'asked' }
const ask = ({ kubernetes }: SimWorld, clusterName: string): void => {
  const spec = { clusterName, switchover: {}, ttlSecondsAfterFinished: 120 }
  const object = { apiVersion: 'example.com/v1', kind: OPERATION_KIND, metadata: key, spec }
  kubernetes.objects.create(object, 'person')
}
const statusOf = ({ kubernetes }: SimWorld) => {
  const found = kubernetes.objects.get(OPERATION_KIND, key)
  return found && parseOperation(found).status
}

test('what is asked of a cluster that is not there fails with the reason, and goes once it was kept', async () => {
  const world = await stories.begin()
  guard(world)
  ask(world, 'nobody')
  await until(world, 'it has ended', () => statusOf(world)?.phase === 'Failed')
  expect(statusOf(world)?.message).toBe(`Refused: there is no MySQLCluster nobody in namespace ${NAMESPACE}.`)
  const ended = world.time.now()
  await until(world, 'it is gone', () => world.kubernetes.objects.get(OPERATION_KIND, key) === undefined)
  expect(world.time.now() - ended).toBeGreaterThan(110_000)
  await untilGood(world)
  expect(world.violations).toEqual([])
})

test('what is asked just before its cluster is made is judged by that', async () => {
  const world = await stories.begin()
  guard(world)
  world.user.remove()
  await until(world, 'it is gone', () => world.user.cluster() === undefined)
  ask(world, CLUSTER)
  await world.time.runUntil(world.time.now() + 10_000)
  expect(statusOf(world)?.phase).toBeUndefined()
  world.user.apply()
  await until(world, 'it has ended', () => statusOf(world)?.phase === 'Failed')
  expect(statusOf(world)?.message).not.toMatch(/no MySQLCluster/)
})

test('what was asked of a cluster that went before it was told anything fails as well', async () => {
  const world = await stories.begin()
  guard(world)
  await untilGood(world)
  world.temporal.away = true
  ask(world, CLUSTER)
  world.user.remove()
  await world.time.runUntil(world.time.now() + 20_000)
  world.temporal.away = false
  await until(world, 'it is gone or has ended', () => ['Failed', undefined].includes(statusOf(world)?.phase))
  expect(world.violations).toEqual([])
})
