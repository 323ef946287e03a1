import { describe, expect, test } from '@jest/globals'
import { POD_NAME_LABEL, READS_LABEL } from '../../src/domain/names.ts'
import { led, observe, type TestMember, trio } from '../support/observed.ts'
import { errant, podName, RECORD, REF, row } from '../support/snapshots.ts'

/** The two that are left elect the second one. */
const elect = (...left: TestMember[]): void => {
  for (const member of left) {
    member.rows = led(1, [1, 2])
    member.counter = 4
  }
  if (left[0]) left[0].readOnly = false
}

describe('a primary that dies', () => {
  const failOver = async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    scene.kill(0)
    const lost = scene.time.now()
    await scene.pass(6_000)
    elect(members[1], members[2])
    await scene.pass(200)
    return { members, scene, lost }
  }

  test('is followed by the writes within a tenth of a second of the election, and how long they stood still is noted', async () => {
    const { scene, lost } = await failOver()
    expect(scene.writes()).toBe(podName(1))
    const move = scene.moves.at(-1)
    expect(move).toMatchObject({ from: podName(0), to: podName(1), kind: 'failover', missed: lost })
    expect((move?.moved ?? 0) - lost).toBeGreaterThanOrEqual(6_000)
    expect((move?.moved ?? 0) - lost).toBeLessThanOrEqual(6_100)
    expect(scene.noted()[0]).toEqual(move)
  })

  test('is noted in the patch that moves the writes', async () => {
    const { scene } = await failOver()
    const moved = scene.patches.filter(
      ({ kind, body }) => kind === 'Service' && JSON.stringify(body).includes(podName(1)),
    )
    expect(moved).toHaveLength(1)
    expect(JSON.stringify(moved[0]?.body)).toContain('missed')
  })

  test('has the sessions of its clients ended as soon as it answers again, though it still calls itself primary', async () => {
    const { members, scene } = await failOver()
    members[0].clients = 7
    await scene.pass(90_000)
    expect(members[0].clients).toBe(7)
    members[0].silent = false
    await scene.pass(300)
    expect(members[0].clients).toBe(0)
    expect(scene.writes()).toBe(podName(1))
  })

  test('leaves its readers alone once that is done', async () => {
    const { members, scene } = await failOver()
    members[0].silent = false
    await scene.pass(10_000)
    members[0].clients = 3
    await scene.pass(60_000)
    expect(members[0].clients).toBe(3)
  })

  test('after its pod was removed is missed from the removal on', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    scene.remove(0)
    const removed = scene.time.now()
    scene.kill(0)
    await scene.pass(7_000)
    elect(members[1], members[2])
    await scene.pass(200)
    expect(scene.moves.at(-1)).toMatchObject({ from: podName(0), missed: removed })
  })

  test('and is back before the group has elected is missed from its death on', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    scene.kill(0)
    const lost = scene.time.now()
    await scene.pass(2_000)
    members[0].silent = false
    members[0].rows = [row(0, 'OFFLINE')]
    members[0].readOnly = true
    await scene.pass(4_000)
    elect(members[1], members[2])
    await scene.pass(200)
    expect(scene.moves.at(-1)).toMatchObject({ kind: 'failover', missed: lost })
  })
})

describe('a primary that hands over', () => {
  test('is noted as that, and its clients are sent away until everybody’s way leads to the new one', async () => {
    const members = trio()
    let procedure: 'switchover' | undefined
    const scene = await observe(members, { procedure: () => procedure })
    await scene.pass(60_000)
    procedure = 'switchover'
    scene.observer.stir()
    members[0].clients = 5
    for (const member of members) member.rows = led(1)
    members[0].readOnly = true
    members[1].readOnly = false
    await scene.pass(300)
    expect(scene.moves.at(-1)).toMatchObject({ kind: 'handover', during: 'switchover' })
    expect(members[0].clients).toBe(0)
    members[0].clients = 1
    await scene.pass(500)
    expect(members[0].clients).toBe(0)
  })

  const handOver = async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    for (const member of members) member.rows = led(1)
    members[0].readOnly = true
    members[1].readOnly = false
    return { members, scene }
  }
  const isRead = (marks: { labels: object } | undefined): boolean => READS_LABEL in (marks?.labels ?? {})

  test('is followed by the write Service first, so that kube-proxy has nothing else to do, and by the readers a moment later', async () => {
    const { scene } = await handOver()
    const before = scene.patches.length
    const moved = () => scene.patches.slice(before).map(({ kind }) => kind)
    while (moved().length === 0) await scene.pass(10)
    await scene.pass(250)
    expect(moved()).toEqual(['Service'])
    await scene.pass(200)
    expect(moved()).toContain('Pod')
    expect(isRead(scene.marks(1))).toBe(false)
  })

  test('is not followed by readers while members disagree, as long as writes stay where they are', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    const before = scene.patches.length
    members[0].rows = led(1)
    members[0].readOnly = true
    scene.observer.stir()
    await scene.pass(2_000)
    expect(scene.patches.slice(before)).toEqual([])
  })

  test('gets readers once no session on it is ended any more, and they are left alone', async () => {
    const { members, scene } = await handOver()
    for (let ms = 0; ms < 5_000 && !isRead(scene.marks(0)); ms += 10) await scene.pass(10)
    expect(isRead(scene.marks(0))).toBe(true)
    members[0].clients = 3
    await scene.pass(60_000)
    expect(members[0].clients).toBe(3)
  })

  test('whose pod ends is no failover, though it is not in the view any more', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    members[0].deleting = true
    scene.kill(0)
    elect(members[1], members[2])
    await scene.pass(300)
    expect(scene.moves.at(-1)).toMatchObject({ kind: 'handover', from: podName(0) })
  })
})

test('a connection that is lost and found again is no change of the primary', async () => {
  const members = trio()
  const scene = await observe(members)
  await scene.pass(60_000)
  scene.kill(0)
  members[0].silent = false
  await scene.pass(60_000)
  expect(scene.moves.map(({ to }) => to)).toEqual([podName(0)])
  expect(scene.noted()).toHaveLength(1)
})

test('a selector that somebody changed is put right, which is no change of the primary', async () => {
  const scene = await observe(trio())
  await scene.pass(60_000)
  scene.change({ spec: { selector: { [POD_NAME_LABEL]: podName(2) } } })
  scene.observer.stir()
  await scene.pass(1_000)
  expect(scene.writes()).toBe(podName(0))
  expect(scene.noted()).toHaveLength(1)
})

test('somebody who changes the Service at the same moment delays the writes, and does not keep them', async () => {
  const members = trio()
  const scene = await observe(members)
  await scene.pass(60_000)
  elect(members[1], members[2])
  scene.kill(0)
  scene.refuse(1)
  await scene.pass(500)
  expect(scene.writes()).toBe(podName(1))
})

describe('at rest', () => {
  test('one member is looked at, a secondary', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    const before = members.map(({ looks }) => looks)
    await scene.pass(60_000)
    expect(members.map(({ looks }, ordinal) => looks - (before[ordinal] ?? 0))).toEqual([0, 30, 0])
  })

  test.each([0, 1, 2] as const)('transactions that only member %i has are news within 10 s, once', async (ordinal) => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    const before = scene.told.length
    members[ordinal].foreign = errant(ordinal)
    await scene.pass(10_000)
    expect(scene.told.length).toBe(before + 1)
    await scene.pass(60_000)
    expect(scene.told.length).toBe(before + 1)
  })

  test('a member whose disk is full is news within 10 s, and so is that it has space again', async () => {
    const members = trio()
    const scene = await observe(members)
    await scene.pass(60_000)
    const before = scene.told.length
    members[2].lacksSpace = true
    await scene.pass(10_000)
    expect(scene.told.length).toBe(before + 1)
    members[2].lacksSpace = false
    await scene.pass(10_000)
    expect(scene.told.length).toBe(before + 2)
  })
})

test('the transactions of a group that a failover by a person made are no foreign ones', async () => {
  const scene = await observe(trio(), { group: () => ({ ...RECORD, name: 'made-by-a-person' }) })
  await scene.pass(10_000)
  expect(scene.ownNames()).toEqual([REF.uid, 'made-by-a-person'])
})
