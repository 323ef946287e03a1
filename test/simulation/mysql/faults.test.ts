import { expect, test } from '@jest/globals'
import { sleep } from '../../../src/clock.ts'
import { contains, formatGtidSet, subtract, union } from '../../../src/domain/gtid.ts'
import { createRandom } from '../world/random.ts'
import { createBench, type SimulatedBench } from './bench.ts'

const SEEDS = Array.from({ length: 30 }, (_, index) => index + 1)
const MEMBERS = [0, 1, 2] as const
const ROUNDS = 8
const WRITE_EVERY_MS = 300

const form = async (bench: SimulatedBench): Promise<void> => {
  const { mysql, access, seeds, group, address } = bench
  await bench.start()
  await sleep(bench.clock, 15_000)
  await mysql.bootstrap(address(0), access, seeds, group)
  for (const member of [1, 2]) {
    await mysql.join(address(member), address(0), access, seeds, group, () => undefined)
    await sleep(bench.clock, 3_000)
  }
}

/** Disturbs one member and puts an end to that. */
const disturb = async (bench: SimulatedBench, kind: string, member: number, ms: number): Promise<void> => {
  const { faults } = bench.world
  const uid = bench.uid(member)
  if (kind === 'kill') await bench.kill(member)
  if (kind === 'restart') await bench.restart(member)
  if (kind === 'slow') faults.slowApplier(uid, ms / 10)
  if (kind === 'pause') {
    await bench.pause(member)
    await sleep(bench.clock, ms)
    await bench.resume(member)
  }
  if (kind === 'isolate') {
    const mend = faults.isolate(uid, 'Members')
    await sleep(bench.clock, ms)
    mend()
  }
  if (kind === 'vanish') {
    const mend = faults.isolate(uid, 'Everybody')
    await sleep(bench.clock, ms)
    mend()
  }
}

const check = ({ world }: SimulatedBench): void => {
  const serving = world.members().filter(({ acknowledges }) => acknowledges)
  if (serving.length > 1) throw new Error(`${serving.map(({ pod }) => pod)} acknowledge writes at one time`)
  const held = union(...world.volumes().map(({ holds }) => holds))
  const lost = subtract(world.acknowledged(), held)
  if (lost.size > 0) throw new Error(`acknowledged and lost: ${formatGtidSet(lost)}`)
}

/** Clients that write to every member, all the time. */
const writeAlways = (bench: SimulatedBench): (() => void) => {
  let stopped = false
  const write = (): void => {
    if (stopped) return
    check(bench)
    for (const member of MEMBERS) void bench.write(member)
    bench.clock.after(WRITE_EVERY_MS, write)
  }
  write()
  return () => {
    stopped = true
  }
}

const isWhole = ({ world }: SimulatedBench): boolean => {
  const members = world.members()
  const online = members.filter(({ state, rows }) => state === 'ONLINE' && rows.every((row) => row.state === 'ONLINE'))
  return (
    online.length === MEMBERS.length &&
    new Set(members.map(({ viewId }) => viewId)).size === 1 &&
    members.filter(({ acknowledges }) => acknowledges).length === 1 &&
    members.every(({ holds }) => contains(holds, world.acknowledged()))
  )
}

/** The end of a story that went wrong, and where it left each member. */
const lastLines = ({ story, world }: SimulatedBench): string => {
  const members = world.members().map(({ pod, phase, state, role, viewId, executed }) => {
    const behind = formatGtidSet(subtract(world.acknowledged(), executed))
    return `${pod} ${phase} ${state} ${role} ${viewId} lacks: ${behind}`
  })
  return [...story.print().split('\n').slice(-40), ...members].join('\n')
}

const play = async (seed: number): Promise<SimulatedBench> => {
  const bench = createBench(seed)
  const random = createRandom(seed).fork('faults')
  const tell = async (): Promise<void> => {
    await form(bench)
    const stop = writeAlways(bench)
    for (let round = 0; round < ROUNDS; round += 1) {
      const kind = random.pick(['kill', 'restart', 'pause', 'isolate', 'vanish', 'slow'])
      await disturb(bench, kind, random.pick(MEMBERS), random.between(500, 40_000))
      for (let waited = 0; !isWhole(bench); waited += 1) {
        if (waited > 400) throw new Error(`not whole again after ${kind}`)
        await sleep(bench.clock, 1_000)
      }
    }
    stop()
    await sleep(bench.clock, 10_000)
    check(bench)
  }
  await bench.run(tell).catch((error) => {
    throw new Error(`seed ${seed}: ${error}\n${lastLines(bench)}`)
  })
  return bench
}

test.each(SEEDS)('one fault at a time loses nothing, splits nothing and heals by itself: seed %i', async (seed) => {
  const bench = await play(seed)
  expect(bench.world.bootstraps()).toHaveLength(1)
  expect(isWhole(bench)).toBe(true)
  for (const { executed } of bench.world.members()) expect(contains(executed, bench.world.acknowledged())).toBe(true)
})

/** Faults that overlap, whatever comes of it: the group may be lost as a whole, but never a transaction. */
const playHard = async (seed: number): Promise<void> => {
  const bench = createBench(seed)
  const random = createRandom(seed).fork('hard')
  const tell = async (): Promise<void> => {
    await form(bench)
    const stop = writeAlways(bench)
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      const kind = random.pick(['kill', 'pause', 'isolate', 'vanish', 'slow'])
      void disturb(bench, kind, random.pick(MEMBERS), random.between(500, 40_000)).catch(() => undefined)
      await sleep(bench.clock, random.between(100, 15_000))
    }
    await sleep(bench.clock, 60_000)
    stop()
  }
  await bench.run(tell).catch((error) => {
    throw new Error(`seed ${seed}: ${error}\n${lastLines(bench)}`)
  })
}

test.each(SEEDS)('many faults at once lose nothing and split nothing: seed %i', (seed) => playHard(seed))

test('a run is the same each time', async () => {
  const [first, second] = [await play(1), await play(1)]
  expect(second.story.print()).toBe(first.story.print())
})
