import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseCluster } from '../../../activities/cluster.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { type MySQLOperationStatus, OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import { workflowId } from '../../../src/domain/names.ts'
import { MINUTE, SECOND } from '../run/clock.ts'
import { CLUSTER, NAMES, NAMESPACE } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(60_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const apply = ({ kubernetes }: SimWorld, name: string, target: string, more: object = {}): void => {
  const spec = { clusterName: CLUSTER, switchover: { target }, ...more }
  const object = { apiVersion: API_VERSION, kind: OPERATION_KIND, metadata: { namespace: NAMESPACE, name }, spec }
  kubernetes.objects.create(object, 'person')
}
const phaseOf = ({ kubernetes }: SimWorld, name: string) =>
  (
    kubernetes.objects.get(OPERATION_KIND, { namespace: NAMESPACE, name })?.['status'] as
      | MySQLOperationStatus
      | undefined
  )?.phase
const statusOf = ({ user }: SimWorld) => {
  const found = user.cluster()
  return found && parseCluster(found).status
}
const leader = ({ mysql }: SimWorld) => mysql.members().find(({ acknowledges }) => acknowledges)?.pod
const replicas = (world: SimWorld): readonly string[] =>
  [0, 1, 2].map((ordinal) => NAMES.pod(ordinal)).filter((pod) => pod !== leader(world))
const begun = async (): Promise<SimWorld> => {
  const world = await stories.begin()
  await untilGood(world)
  return world
}

describe('a switchover', () => {
  test('makes the member the primary that a person names, within seconds, and is in the timeline', async () => {
    const world = await begun()
    const [target = ''] = replicas(world)
    const since = world.time.now()
    apply(world, 'hand-over', target)
    await until(world, 'it has ended', () => phaseOf(world, 'hand-over') === 'Succeeded')
    expect(world.time.now() - since).toBeLessThan(15 * SECOND)
    expect(leader(world)).toBe(target)
    await untilGood(world)
    const [last] = statusOf(world)?.timeline ?? []
    expect(last).toMatchObject({ what: 'switchover', subject: target, outcome: 'Succeeded' })
    expect(world.mysql.bootstraps()).toHaveLength(1)
  })

  test('by signal is carried out like one by object', async () => {
    const world = await begun()
    const [, target = ''] = replicas(world)
    const ref = world.user.ref()
    if (!ref) throw new Error('the cluster is there')
    world.temporal.signal(workflowId(ref), 'switchover', { target })
    await until(world, 'it leads', () => leader(world) === target)
    await untilGood(world)
    const operations = world.kubernetes.objects.list(OPERATION_KIND, NAMESPACE)
    expect(operations.map(({ metadata }) => phaseOf(world, metadata.name))).toEqual(['Succeeded'])
  })

  test('asked for together with another one is carried out before or after it, never at the same time', async () => {
    const world = await begun()
    const [one = '', two = ''] = replicas(world)
    apply(world, 'b', one)
    await until(world, 'the first one has begun', () => statusOf(world)?.procedure !== undefined)
    apply(world, 'a', two)
    await until(world, 'both have ended', () => ['a', 'b'].every((name) => phaseOf(world, name) === 'Succeeded'))
    expect(leader(world)).toBe(two)
    await untilGood(world)
    const spans = (statusOf(world)?.timeline ?? [])
      .filter(({ what }) => what === 'switchover')
      .map(({ at, seconds }) => ({ from: Date.parse(at), to: Date.parse(at) + seconds * SECOND }))
    expect(spans).toHaveLength(2)
    expect(spans[0]?.from).toBeGreaterThanOrEqual(spans[1]?.to ?? Number.POSITIVE_INFINITY)
  })

  test('of a paused cluster waits until that goes on', async () => {
    const world = await begun()
    const [before, [target = '']] = [leader(world), replicas(world)]
    world.user.patch({ paused: true })
    apply(world, 'later', target)
    await until(world, 'it is told to wait', () => phaseOf(world, 'later') === 'Pending')
    await world.time.runUntil(world.time.now() + MINUTE)
    expect(leader(world)).toBe(before)
    world.user.patch({ paused: false })
    await until(world, 'it was carried out', () => phaseOf(world, 'later') === 'Succeeded')
    expect(leader(world)).toBe(target)
  })

  test('is gone once it has ended, when that was asked for', async () => {
    const world = await begun()
    const [target = ''] = replicas(world)
    apply(world, 'brief', target, { ttlSecondsAfterFinished: 0 })
    const isGone = () => !world.kubernetes.objects.get(OPERATION_KIND, { namespace: NAMESPACE, name: 'brief' })
    await until(world, 'it was removed', isGone)
    expect(leader(world)).toBe(target)
  })
})
