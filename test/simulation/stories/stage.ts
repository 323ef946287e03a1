import { MINUTE, SECOND } from '../run/clock.ts'
import { missing } from '../run/ending.ts'
import type { Scenario } from '../run/scenario.ts'
import { openSimulation } from '../run/stage.ts'
import { createWorld, type SimWorld } from '../run/world.ts'

const NOTHING = { lost: 0, refused: 0, slow: 0, deadly: 0, activity: 0, signal: 0, anew: 0, evicted: 0 }

/** Worlds in which nothing goes wrong but what a test does. */
export const openStories = async () => {
  const sandbox = await openSimulation()
  const worlds: SimWorld[] = []
  return {
    async begin(over: Partial<Scenario> = {}): Promise<SimWorld> {
      const scenario: Scenario = {
        ...{ seed: 1, size: 3, onDelete: 'Retain', afterHealthy: true, troubles: [] },
        ...{ lastsMs: 0, rates: NOTHING, longHistory: 4_096, asksForFailover: false },
        ...over,
      }
      const world = createWorld(scenario, sandbox)
      worlds.push(world)
      world.staff.begin()
      world.user.apply()
      return world
    },
    async end(): Promise<void> {
      for (const world of worlds.splice(0)) for (const run of world.temporal.runs) await run.dispose()
    },
    close: () => sandbox.close(),
  }
}

/** Lets time pass until `done`; fails with what is missing, or with `what`, when it takes more than ten minutes. */
export const until = async (world: SimWorld, what: string, done: () => boolean): Promise<void> => {
  const last = world.time.now() + 10 * MINUTE
  while (!done()) {
    if (world.time.now() > last) throw new Error(`never: ${what} (${missing(world).join('; ')})`)
    await world.time.runUntil(world.time.now() + SECOND)
  }
}

export const untilGood = (world: SimWorld): Promise<void> =>
  until(world, 'all is as it should be', () => missing(world).length === 0)
