import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseCluster } from '../../../activities/cluster.ts'
import { contains } from '../../../src/domain/gtid.ts'
import { ROLE_LABEL } from '../../../src/domain/names.ts'
import { claimedVolumes } from '../invariants/data.ts'
import { guard } from '../invariants/invariants.ts'
import type { SimMember } from '../mysql/world.ts'
import { MINUTE } from '../run/clock.ts'
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

/** A client writes one row, and is told so. */
const write = async (world: SimWorld): Promise<void> => {
  const primary = world.mysql.members().find(({ acknowledges }) => acknowledges)
  let outcome = ''
  void world.mysql.write(primary?.ip ?? '').then(({ kind }) => {
    outcome = kind
  })
  await until(world, 'a write is acknowledged', () => outcome === 'Acknowledged')
}

/** A cluster that is healthy, with rules that end the story when they are broken, and one of its replicas. */
const begin = async (): Promise<{ world: SimWorld; victim: SimMember }> => {
  const world = await stories.begin()
  guard(world)
  await untilGood(world)
  await write(world)
  await world.time.runUntil(world.time.now() + 70_000)
  const victim = world.mysql.members().find(({ role }) => role === 'SECONDARY')
  if (!victim) throw new Error('there is no replica')
  return { world, victim }
}

const procedures = (world: SimWorld): readonly string[] => {
  const found = world.user.cluster()
  const timeline = (found && parseCluster(found).status?.timeline) ?? []
  return timeline.map(({ what, subject, outcome }) => `${what} ${subject} ${outcome}`)
}
const now = (world: SimWorld, { pod }: SimMember): SimMember | undefined =>
  world.mysql.members().find((member) => member.pod === pod)

/** It ends good, by a rebuild of the victim, and every member has all that was acknowledged. */
const expectRebuilt = async (world: SimWorld, victim: SimMember): Promise<void> => {
  await until(world, 'it is rebuilt', () => procedures(world).includes(`rebuild ${victim.pod} Succeeded`))
  await untilGood(world)
  expect(world.violations).toEqual([])
  for (const { holds } of world.mysql.members()) expect(contains(holds, world.mysql.acknowledged())).toBe(true)
}

const goAstray = ({ mysql }: SimWorld, { podUid }: SimMember): void => {
  mysql.faults.leave(podUid)
  mysql.faults.errant(podUid)
}

describe('a member is made a copy of another one', () => {
  test('when it holds a transaction of its own, which is archived', async () => {
    const { world, victim } = await begin()
    goAstray(world, victim)
    const { holds } = now(world, victim) ?? victim
    await expectRebuilt(world, victim)
    const volume = claimedVolumes(world).find((one) => one.volume === victim.volume)
    expect(contains(volume?.kept ?? new Map(), holds)).toBe(true)
    expect(contains(volume?.holds ?? new Map(), holds)).toBe(false)
  })

  test('when it is ONLINE and holds a transaction of its own: nobody reads it within 10 s', async () => {
    const { world, victim } = await begin()
    const { holds } = now(world, victim) ?? victim
    const since = world.time.now()
    world.mysql.faults.errant(victim.podUid)
    const label = (): string | undefined =>
      world.kubernetes.objects.get('Pod', { namespace: NAMESPACE, name: victim.pod })?.metadata.labels?.[ROLE_LABEL]
    expect(label()).toBe('replica')
    await until(world, 'it takes no reads', () => label() === undefined)
    expect(world.time.now() - since).toBeLessThan(10_000)
    await expectRebuilt(world, victim)
    await until(world, 'it takes reads', () => label() === 'replica')
    const volume = claimedVolumes(world).find((one) => one.volume === victim.volume)
    expect(contains(volume?.kept ?? new Map(), holds)).toBe(true)
    expect([...(volume?.holds.keys() ?? [])]).toHaveLength(1)
  })

  test('when the others have purged what it lacks', async () => {
    const { world, victim } = await begin()
    world.user.patch({ paused: true })
    world.mysql.faults.leave(victim.podUid)
    await until(world, 'it has left', () => now(world, victim)?.state === 'OFFLINE')
    await write(world)
    for (const { podUid, state } of world.mysql.members()) if (state === 'ONLINE') world.mysql.faults.purge(podUid)
    world.user.patch({ paused: false })
    await expectRebuilt(world, victim)
  })

  test('when its data cannot be read; they are set aside', async () => {
    const { world, victim } = await begin()
    world.mysql.faults.corrupt(victim.podUid)
    await expectRebuilt(world, victim)
    const volume = claimedVolumes(world).find((one) => one.volume === victim.volume)
    expect(contains(volume?.kept ?? new Map(), victim.holds)).toBe(true)
  })

  test.each([
    ['its data cannot be read', 'corrupt'],
    ['it holds a transaction of its own', 'goAstray'],
  ] as const)('when %s, and not before there is room to keep what it had', async (_, how) => {
    const { world, victim } = await begin()
    const kept = () => claimedVolumes(world).find((one) => one.volume === victim.volume)?.kept.size
    const reason = () => {
      const found = world.user.cluster()
      return found && parseCluster(found).status?.conditions?.find(({ type }) => type === 'Healthy')?.reason
    }
    const makeRoom = world.mysql.faults.crowd(victim.podUid)
    if (how === 'corrupt') world.mysql.faults.corrupt(victim.podUid)
    else goAstray(world, victim)
    await until(world, 'it is told', () => reason() === 'NoRoomToKeep')
    await world.time.runUntil(world.time.now() + 10 * MINUTE)
    expect(reason()).toBe('NoRoomToKeep')
    expect(kept()).toBe(0)
    expect(procedures(world).filter((entry) => entry.endsWith('Failed'))).toEqual([`rebuild ${victim.pod} Failed`])
    makeRoom()
    await untilGood(world)
    expect(kept()).toBeGreaterThan(0)
    expect(world.violations).toEqual([])
  })

  test.each(['the member', 'the donor', 'every worker'])('although %s dies in the middle of the copy', async (who) => {
    const { world, victim } = await begin()
    let died = false
    world.watch(() => {
      if (died || now(world, victim)?.holds.size !== 0 || !now(world, victim)?.copying) return
      died = true
      world.story.tell('test', `${who} dies`)
      if (who === 'every worker') for (const worker of world.staff.workers()) world.staff.kill(worker, 'killed', 1_000)
      else
        for (const { pod, podUid } of world.mysql.members())
          if ((pod === victim.pod) === (who === 'the member')) world.mysql.faults.crash(podUid)
    })
    goAstray(world, victim)
    await expectRebuilt(world, victim)
    expect(died).toBe(true)
  })

  test('when a person asks for it, although nothing is wrong with it', async () => {
    const { world, victim } = await begin()
    const ref = world.user.ref()
    world.kubernetes.objects.create(
      {
        apiVersion: 'example.com/v1',
        kind: 'MySQLOperation',
        metadata: { namespace: NAMESPACE, name: 'again' },
        spec: { clusterName: ref?.name, rebuild: { member: victim.pod } },
      } as never,
      'person',
    )
    await expectRebuilt(world, victim)
  })
})
