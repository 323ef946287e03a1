import type { Sandbox } from '../../support/sandbox.ts'
import { guard } from '../invariants/invariants.ts'
import { MAKE } from '../troubles/troubles.ts'
import { followAdvice } from './advice.ts'
import { MINUTE, SECOND } from './clock.ts'
import { missing } from './ending.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { startWorkload } from './workload.ts'
import { createWorld, type SimWorld, type Violation } from './world.ts'

/** How a cluster that is left alone has to become what was declared: the longest rest of a workflow is 30 minutes. */
const PATIENCE_MS = 75 * MINUTE
const STABLE_MS = 60 * SECOND
/** One look with all that follows, as the safety timer may just run out. */
const TASKS_AT_REST = 12
const REST_MS = 90 * SECOND
const FORMED_MS = 3 * MINUTE

export interface Verdict {
  readonly seed: number
  readonly scenario: Scenario
  readonly violations: readonly Violation[]
  /** Virtual milliseconds from the end of the troubles to the good end. */
  readonly convergedMs: number | undefined
  readonly virtualMs: number
  readonly events: number
  readonly writes: { readonly acknowledged: number; readonly refused: number; readonly lost: number }
  readonly story: string
}

const describe = ({ size, onDelete, troubles, lastsMs }: Scenario): string =>
  `${size} members, onDelete ${onDelete}; ${lastsMs / MINUTE} minutes of ${troubles.map(({ trouble }) => trouble).join(', ') || 'no special trouble'}`

/** Lets time pass until `done`, at most `ms`. True when it was. */
const passUntil = async (world: SimWorld, ms: number, done: () => boolean): Promise<boolean> => {
  const until = world.time.now() + ms
  while (world.time.now() < until && world.violations.length === 0) {
    if (done()) return true
    await world.time.runUntil(world.time.now() + SECOND)
  }
  return done()
}

const trouble = async (world: SimWorld): Promise<void> => {
  const { scenario, time, story } = world
  const begun = time.now()
  for (const { afterMs, trouble } of scenario.troubles) {
    await passUntil(world, begun + afterMs - time.now(), () => false)
    if (world.violations.length > 0) return
    story.tell('trouble', trouble)
    await MAKE[trouble](world)
  }
  await passUntil(world, begun + scenario.lastsMs - time.now(), () => false)
}

const converge = async (world: SimWorld): Promise<number | undefined> => {
  const { time, story } = world
  const calmAt = time.now()
  let goodSince: number | undefined
  const person = followAdvice(world)
  await passUntil(world, PATIENCE_MS, () => {
    const good = missing(world).length === 0
    goodSince = good ? (goodSince ?? time.now()) : undefined
    person()
    return goodSince !== undefined && time.now() - goodSince >= STABLE_MS
  })
  if (world.violations.length > 0) return undefined
  const reasons = missing(world)
  if (reasons.length > 0) world.violate('it converges once troubles are over', reasons.join('; '))
  else story.tell('end', 'all is as it should be')
  return goodSince === undefined ? undefined : goodSince - calmAt
}

/** A cluster that is as it should be is left alone: news of nothing costs as much as news of something. */
const rest = async (world: SimWorld): Promise<void> => {
  const tasks = (): number => world.temporal.runs.reduce((sum, run) => sum + run.tasks.length, 0)
  const before = tasks()
  await world.time.runUntil(world.time.now() + REST_MS)
  const done = tasks() - before
  if (done > TASKS_AT_REST)
    world.violate('a cluster at rest is left alone', `${done} workflow tasks in ${REST_MS / SECOND} s`)
}

/** Lives the story of one seed. */
export const simulate = async (seed: number, sandbox: Sandbox): Promise<Verdict> => {
  const scenario = drawScenario(seed)
  const world = createWorld(scenario, sandbox)
  const { time, story, staff, user, kubernetes, mysql, temporal, violations } = world
  const invariants = guard(world)
  story.tell('seed', `${seed}: ${describe(scenario)}`)
  staff.begin()
  const workload = startWorkload(time, world.random.fork('workload'), kubernetes, mysql)
  user.apply()

  if (scenario.afterHealthy) await passUntil(world, FORMED_MS, () => missing(world).length === 0)
  await trouble(world)
  story.tell('trouble', 'is over')
  world.calmDown()
  const convergedMs = violations.length === 0 ? await converge(world) : undefined
  workload.stop()
  await time.runUntil(time.now() + 10 * SECOND)
  if (violations.length === 0) await rest(world)
  if (violations.length === 0) await invariants.atEnd()
  for (const run of temporal.runs) await run.dispose()
  const { acknowledged, refused, lost } = workload
  return {
    ...{ seed, scenario, violations, convergedMs },
    virtualMs: time.now() - (story.lines[0]?.at ?? 0),
    events: time.events,
    writes: { acknowledged, refused, lost },
    story: story.print(),
  }
}
