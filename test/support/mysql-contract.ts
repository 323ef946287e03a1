import { beforeAll, expect, test } from '@jest/globals'
import { OperatorError } from '../../src/domain/errors.ts'
import { ownRow } from '../../src/domain/group.ts'
import { contains, count, parseGtidSet, subtract } from '../../src/domain/gtid.ts'
import type { MemberView } from '../../src/domain/snapshot.ts'
import { ALL, type Bench, watching } from './mysql-bench.ts'

/** The cases that simulated and real members answer alike. They build on each other, in this order. */
export const contract = (bench: Bench, limitMs: number): void => {
  const { mysql } = bench
  const { name, number, inspect, answer, eventually, says, counter, incarnation, rows, primaryOf, holds, whole, join } =
    watching(bench)
  const primary = async (): Promise<number> => primaryOf((await whole())[0] as MemberView)
  /** Two members that are not the primary. */
  const others = async (): Promise<readonly [number, number]> => {
    const [one = 1, two = 2] = ALL.filter((member) => member !== primaryNow)
    return [one, two]
  }
  let primaryNow = 0
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error) => (error instanceof OperatorError ? error.code : String(error)),
    )

  const story = (what: string, tell: () => Promise<void>): void => {
    test(what, () => bench.run(tell), limitMs)
  }

  beforeAll(() => bench.run(bench.start), limitMs)

  story('fresh members are alone, OFFLINE and read-only, and hold nothing', async () => {
    for (const member of ALL) {
      const view = await says(member, 'answers', 120, () => true)
      expect(rows(view)).toEqual([`${member} OFFLINE `])
      expect(view).toMatchObject({ readOnly: true, startOnBoot: false, holds: '', purged: '', viewId: '' })
    }
    expect(await bench.write(0)).toBe('Refused')
  })

  story('another password is refused', async () => {
    const access = { ...bench.access, operator: 'another' }
    expect(await codeOf(mysql.inspect(bench.address(0), access))).toBe('MemberRefused')
  })

  story('a bootstrap makes a group of one, whose primary takes writes and rejoins by itself', async () => {
    await mysql.bootstrap(bench.address(0), bench.access, bench.seeds, bench.group)
    const view = await says(0, 'takes writes', 10, ({ readOnly }) => !readOnly)
    expect(rows(view)).toEqual(['0 ONLINE PRIMARY'])
    expect(view.startOnBoot).toBe(true)
    expect(counter(view)).toBe(1)
    expect(view.holds).toBe('')
  })

  story('a second bootstrap of it is refused and changes nothing', async () => {
    const before = await inspect(0)
    expect(await codeOf(mysql.bootstrap(bench.address(0), bench.access, bench.seeds, bench.group))).toBe(
      'MemberRefused',
    )
    expect(await inspect(0)).toMatchObject({ viewId: before.viewId, rows: before.rows, holds: before.holds })
  })

  story('the donor sees whoever joins, and each join counts the view up', async () => {
    await join(1, 0)
    expect(rows(await inspect(0))).toContainEqual(expect.stringMatching(/^1 (RECOVERING|ONLINE)/))
    await join(2, 0)
    const views = await whole()
    expect(views.map(counter)).toEqual([3, 3, 3])
    expect(views.map(rows)).toEqual(Array(3).fill(['0 ONLINE PRIMARY', '1 ONLINE SECONDARY', '2 ONLINE SECONDARY']))
    expect(views.map(({ readOnly }) => readOnly)).toEqual([false, true, true])
    expect(views.map(({ startOnBoot }) => startOnBoot)).toEqual([true, true, true])
    expect(new Set(views.map(({ holds: set }) => set)).size).toBe(1)
  })

  story('only the primary takes writes, and every member gets them', async () => {
    await bench.prepare(0)
    const before = await inspect(0)
    expect(await bench.write(0)).toBe('Acknowledged')
    expect(await bench.write(1)).toBe('Refused')
    const after = await inspect(0)
    expect(count(subtract(parseGtidSet(after.holds), parseGtidSet(before.holds)))).toBe(1)
    for (const member of ALL) await says(member, 'holds the row', 10, (view) => holds(view, after))
  })

  story('a planned change of primary is no new view, and the next transactions are of another block', async () => {
    const before = (await whole())[0] as MemberView
    await bench.handOver(1)
    const views = await eventually('member 1 is primary', 30, async () =>
      (await primary()) === 1 ? whole() : undefined,
    )
    expect(views.map(({ viewId }) => viewId)).toEqual(Array(3).fill(before.viewId))
    expect(await bench.write(0)).toBe('Refused')
    expect(await bench.write(1)).toBe('Acknowledged')
    const own = parseGtidSet((await inspect(1)).holds)
    expect([...own.values()].flat().length).toBe(2)
  })

  story('a primary that is stopped in order hands over first, and rejoins by itself', async () => {
    const before = (await whole())[0] as MemberView
    primaryNow = primaryOf(before)
    const [other] = await others()
    await bench.restart(primaryNow)
    const left = await says(other, 'sees another primary', 30, (view) => ![-1, primaryNow].includes(primaryOf(view)))
    expect(counter(left)).toBeGreaterThanOrEqual(counter(before))
    const views = await whole(120)
    expect(counter(views[0] as MemberView)).toBe(counter(before) + 2)
    expect(primaryOf(views[0] as MemberView)).not.toBe(primaryNow)
  })

  story(
    'a killed primary is news at once, UNREACHABLE after 5 s, then another is elected; it rejoins by itself',
    async () => {
      const before = (await whole())[0] as MemberView
      primaryNow = primaryOf(before)
      const [one, two] = await others()
      expect(await bench.write(primaryNow)).toBe('Acknowledged')
      const held = await inspect(primaryNow)
      const session = await mysql.open(bench.address(primaryNow), bench.access)
      expect((await session.compare([bench.group])).lacksSpace).toBe(false)
      const killed = bench.clock.now()
      await bench.kill(primaryNow)
      await session.closed
      expect(bench.clock.now() - killed).toBeLessThan(3_000)
      const stateOf = (view: MemberView): string | undefined =>
        view.rows.find(({ pod }) => pod === name(primaryNow))?.state
      const suspicious = await says(one, 'suspects it', 10, (view) => stateOf(view) === 'UNREACHABLE')
      expect(suspicious.viewId).toBe(before.viewId)
      expect(primaryOf(suspicious)).toBe(primaryNow)
      const isNew = (view: MemberView): boolean => counter(view) > counter(before)
      const after = await says(
        one,
        'sees another primary',
        20,
        (view) => [one, two].includes(primaryOf(view)) && isNew(view),
      )
      expect(bench.clock.now() - killed).toBeGreaterThan(4_500)
      expect(bench.clock.now() - killed).toBeLessThan(12_000)
      expect(counter(after)).toBe(counter(before) + 1)
      const elected = primaryOf(after)
      await eventually('the new primary acknowledges', 20, async () =>
        (await bench.write(elected)) === 'Acknowledged' ? true : undefined,
      )
      const views = await whole(120)
      expect(views.map(counter)).toEqual(Array(3).fill(counter(before) + 2))
      expect(views.map((view) => holds(view, held))).toEqual([true, true, true])
      const uuids = views.toSorted((a, b) => (a.serverUuid < b.serverUuid ? -1 : 1)).map(({ pod }) => number(pod))
      expect(elected).toBe(uuids.find((member) => member !== primaryNow))
    },
  )

  story('a paused primary is expelled; when it goes on it ends itself, and rejoins', async () => {
    const before = (await whole())[0] as MemberView
    primaryNow = primaryOf(before)
    const [one] = await others()
    const session = await mysql.open(bench.address(primaryNow), bench.access)
    await bench.pause(primaryNow)
    const writing = bench.write(primaryNow)
    expect(await answer(primaryNow)).toBeUndefined()
    const isNew = (view: MemberView): boolean => counter(view) > counter(before)
    const after = await says(
      one,
      'sees another primary',
      30,
      (view) => ![-1, primaryNow].includes(primaryOf(view)) && isNew(view),
    )
    expect(counter(after)).toBe(counter(before) + 1)
    expect(await writing).not.toBe('Acknowledged')
    await bench.resume(primaryNow)
    await session.closed
    const views = await whole(180)
    expect(counter(views[0] as MemberView)).toBe(counter(before) + 2)
    expect(primaryOf(views[0] as MemberView)).not.toBe(primaryNow)
  })

  const seesNobody = (view: MemberView): boolean =>
    view.rows.filter(({ state }) => state === 'UNREACHABLE').length === 2

  story('an isolated primary acknowledges nothing, shows its old view, and ends itself once it is back', async () => {
    const before = (await whole())[0] as MemberView
    primaryNow = primaryOf(before)
    const [one] = await others()
    const session = await mysql.open(bench.address(primaryNow), bench.access)
    const mend = await bench.isolate(primaryNow)
    const writing = bench.write(primaryNow)
    const own = await says(primaryNow, 'sees nobody', 10, seesNobody)
    expect(own).toMatchObject({ viewId: before.viewId, readOnly: false })
    const after = await says(one, 'sees another primary', 10, (view) => ![-1, primaryNow].includes(primaryOf(view)))
    expect(await writing).toBe('Lost')
    await mend()
    await session.closed
    const views = await whole(120)
    expect(counter(views[0] as MemberView)).toBe(counter(before) + 2)
    expect(primaryOf(views[0] as MemberView)).toBe(primaryOf(after))
  })

  story('a member without majority gives up after 20 s, ends itself, and rejoins once it is back', async () => {
    primaryNow = await primary()
    const [one] = await others()
    const session = await mysql.open(bench.address(one), bench.access)
    const mend = await bench.isolate(one)
    await says(one, 'sees nobody', 10, seesNobody)
    const since = bench.clock.now()
    await says(one, 'is in ERROR', 30, (view) => ownRow(view)?.state === 'ERROR')
    expect(bench.clock.now() - since).toBeGreaterThan(18_000)
    await session.closed
    await mend()
    expect(primaryOf((await whole(180))[0] as MemberView)).toBe(primaryNow)
  })

  story('a member that left is alone and OFFLINE, keeps what it holds, and can join again', async () => {
    primaryNow = await primary()
    const [one, two] = await others()
    await bench.leave(one)
    const alone = await says(one, 'is OFFLINE', 30, (view) => ownRow(view)?.state === 'OFFLINE')
    expect(alone).toMatchObject({ readOnly: true, viewId: '', startOnBoot: true })
    expect(alone.holds).not.toBe('')
    await join(one, two)
    await whole()
  })

  story(
    'when all are killed, nobody looks for the group that is no more, and a bootstrap makes another one at once',
    async () => {
      const before = await inspect(primaryNow)
      const member = primaryNow
      for (const each of ALL) await bench.kill(each)
      const alone = await says(member, 'answers', 60, () => true)
      expect(ownRow(alone)?.state).toBe('OFFLINE')
      expect(holds(alone, before)).toBe(true)
      expect(alone.startOnBoot).toBe(false)
      const asked = bench.clock.now()
      await mysql.bootstrap(bench.address(member), bench.access, bench.seeds, bench.group)
      expect(bench.clock.now() - asked).toBeLessThan(20_000)
      const after = await inspect(member)
      expect(primaryOf(after)).toBe(member)
      expect(incarnation(after)).not.toBe(incarnation(before))
      expect(holds(after, before)).toBe(true)
      // One that started after the bootstrap finds this group by itself; the others must be joined.
      for (const other of await others())
        await eventually(`${name(other)} is ONLINE`, 300, async () => {
          const view = await answer(other)
          const state = view && ownRow(view)?.state
          if (state === 'OFFLINE') await codeOf(join(other, member))
          return state === 'ONLINE' ? true : undefined
        })
      await whole()
    },
  )

  story(
    'a member that lacks what the group has purged copies a whole member by itself, and restarts for it',
    async () => {
      primaryNow = await primary()
      const [one, two] = await others()
      await bench.leave(one)
      await says(one, 'is OFFLINE', 30, (view) => ownRow(view)?.state === 'OFFLINE')
      expect(await bench.write(primaryNow)).toBe('Acknowledged')
      const written = await inspect(primaryNow)
      await says(two, 'holds the row', 10, (view) => holds(view, written))
      for (const member of [primaryNow, two]) await bench.purge(member)
      for (const member of [primaryNow, two]) {
        const purged = parseGtidSet((await inspect(member)).purged)
        expect(contains(purged, subtract(parseGtidSet(written.holds), parseGtidSet((await inspect(one)).holds)))).toBe(
          true,
        )
      }
      await codeOf(join(one, two))
      const copied = await says(one, 'is ONLINE', 180, (view) => ownRow(view)?.state === 'ONLINE')
      expect(contains(parseGtidSet(copied.purged), parseGtidSet(written.holds))).toBe(true)
      expect(copied.uptimeSeconds).toBeLessThan(60)
    },
  )

  story('a member with a transaction of its own is refused', async () => {
    const [, own] = await others()
    await bench.leave(own)
    await says(own, 'is OFFLINE', 30, (view) => ownRow(view)?.state === 'OFFLINE')
    await bench.errant(own)
    expect(holds(await inspect(primaryNow), await inspect(own))).toBe(false)
    const session = await mysql.open(bench.address(own), bench.access)
    const { serverUuid } = await inspect(own)
    expect(parseGtidSet((await session.compare([bench.group])).foreign).has(serverUuid.toLowerCase())).toBe(true)
    expect((await session.compare([bench.group, serverUuid])).foreign).toBe('')
    session.close()
    await codeOf(join(own, primaryNow))
    const isIn = (view: MemberView): boolean => view.rows.some(({ pod }) => pod === name(own))
    const after = await says(primaryNow, 'is rid of it', 60, (view) => !isIn(view))
    expect(primaryOf(after)).toBe(primaryNow)
    expect(after.readOnly).toBe(false)
    const refused = await says(own, 'answers', 120, () => true)
    expect(ownRow(refused)?.state).not.toBe('ONLINE')
  })
}
