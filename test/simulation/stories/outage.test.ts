import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseCluster } from '../../../activities/cluster.ts'
import { parseOperation } from '../../../activities/operations.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { MINUTE, SECOND } from '../run/clock.ts'
import { CLUSTER, NAMESPACE, WRITES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(300_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

const NAME = 'go-on'
const status = ({ user }: SimWorld) => {
  const found = user.cluster()
  return found ? parseCluster(found).status : undefined
}
const operation = ({ kubernetes }: SimWorld) => {
  const found = kubernetes.objects.get(OPERATION_KIND, { namespace: NAMESPACE, name: NAME })
  return found && parseOperation(found)
}
const ask = ({ kubernetes }: SimWorld, failover: object): void => {
  const object = { apiVersion: API_VERSION, kind: OPERATION_KIND, metadata: { namespace: NAMESPACE, name: NAME } }
  kubernetes.objects.create({ ...object, ...{ spec: { clusterName: CLUSTER, failover } } }, 'person')
}
const decide = ({ kubernetes }: SimWorld, approved: boolean): void => {
  kubernetes.objects.patch(OPERATION_KIND, { namespace: NAMESPACE, name: NAME }, { spec: { approved } }, 'person')
}
const crashAll = ({ mysql }: SimWorld): void => {
  for (const { podUid } of mysql.members()) mysql.faults.crash(podUid)
}

/** Two members have what no other one has, and all are down. */
const diverged = async (): Promise<SimWorld> => {
  const world = await stories.begin()
  await untilGood(world)
  for (const { podUid } of world.mysql.members().slice(0, 2)) world.mysql.faults.errant(podUid)
  crashAll(world)
  await until(world, 'it has diverged', () => status(world)?.phase === 'Diverged')
  return world
}
const awaits = (world: SimWorld) =>
  until(world, 'it is shown what may be lost', () => operation(world)?.status?.phase === 'AwaitingApproval')

describe('an outage of all members', () => {
  test('is over in less than a minute, and in the timeline', async () => {
    const world = await stories.begin()
    await untilGood(world)
    const since = world.time.now()
    crashAll(world)
    await until(world, 'it is noticed', () => status(world)?.phase !== 'Healthy')
    await untilGood(world)
    expect(world.time.now() - since).toBeLessThan(60 * SECOND)
    expect(status(world)?.timeline?.map(({ what, outcome }) => `${what} ${outcome}`)).toContain(
      'recoverOutage Succeeded',
    )
  })
})

describe('a group that was made anew, while nobody heard that it is on record', () => {
  test('is not told of as a failure', async () => {
    const world = await stories.begin()
    await untilGood(world)
    const tries: string[] = []
    world.temporal.faults.attempt = (activity) => {
      if (activity === 'bootstrap') tries.push(activity)
      return activity === 'bootstrap' && tries.length === 1 ? 'ResultLost' : 'Runs'
    }
    crashAll(world)
    await until(world, 'it is tried again', () => tries.length > 1)
    await untilGood(world)
    const outcomes = status(world)?.timeline?.filter(({ what }) => what === 'recoverOutage')
    expect(outcomes).toMatchObject([{ outcome: 'Succeeded' }])
    expect(world.mysql.bootstraps()).toHaveLength(2)
  })
})

describe('a majority that is killed', () => {
  test('and answers from outside the group is gone on without, and rejoins', async () => {
    const world = await stories.begin()
    await untilGood(world)
    const since = world.time.now()
    for (const { podUid } of world.mysql.members().slice(0, 2)) world.mysql.faults.crash(podUid)
    await until(world, 'writes stop', () => status(world)?.phase !== 'Healthy')
    await untilGood(world)
    expect(world.time.now() - since).toBeLessThan(60 * SECOND)
    expect(status(world)?.timeline?.map(({ what, outcome }) => `${what} ${outcome}`)).toContain(
      'restoreQuorum Succeeded',
    )
    expect(world.mysql.bootstraps()).toHaveLength(1)
    expect(world.mysql.forced()).toMatchObject([{ alive: [] }])
  })

  test('and does not answer is waited for', async () => {
    const world = await stories.begin()
    await untilGood(world)
    const [one, two] = world.mysql.members()
    for (const member of [one, two]) if (member) world.mysql.faults.pause(member.podUid)
    await until(world, 'it is an outage', () => status(world)?.phase === 'Offline')
    await world.time.runUntil(world.time.now() + 2 * MINUTE)
    expect(world.mysql.forced()).toEqual([])
    expect(world.mysql.bootstraps()).toHaveLength(1)
  })
})

describe('a failover by a person', () => {
  test('waits until it is approved, however long that takes; then what a member alone held is archived, and it is rebuilt', async () => {
    const world = await diverged()
    ask(world, {})
    await awaits(world)
    const before = world.mysql.bootstraps().length
    await world.time.runUntil(world.time.now() + 40 * MINUTE)
    expect(world.mysql.bootstraps()).toHaveLength(before)
    expect(status(world)?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'AwaitingApproval',
        status: 'True',
        message: expect.stringContaining('kubectl'),
      }),
    )
    decide(world, true)
    await until(world, 'it has ended', () => operation(world)?.status?.phase === 'Succeeded')
    const seed = operation(world)?.status?.loss?.seed
    await until(world, 'it is published', () => status(world)?.primary === seed)
    expect(status(world)?.group?.name).toBe(operation(world)?.metadata.uid)
    await untilGood(world)
    const rebuilt = status(world)?.timeline?.find(({ what }) => what === 'rebuild')
    expect(rebuilt).toMatchObject({ outcome: 'Succeeded', message: expect.stringContaining('archive/') })
    expect(rebuilt?.subject).not.toBe(seed)
    expect(world.kubernetes.endpointsOf(WRITES)).toHaveLength(1)
  })

  test('that is refused changes nothing', async () => {
    const world = await diverged()
    ask(world, {})
    await awaits(world)
    const before = world.mysql.bootstraps().length
    decide(world, false)
    await until(world, 'it has ended', () => operation(world)?.status?.phase === 'Failed')
    expect(world.mysql.bootstraps()).toHaveLength(before)
    expect(status(world)?.phase).toBe('Diverged')
  })

  test('is refused while the cluster serves', async () => {
    const world = await stories.begin()
    await untilGood(world)
    ask(world, { acceptLoss: true })
    await until(world, 'it has ended', () => operation(world)?.status?.phase === 'Failed')
    expect(operation(world)?.status?.message).toContain('use a switchover')
  })
})
