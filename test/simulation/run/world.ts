import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import type { Sandbox } from '../../support/sandbox.ts'
import { createJobs, type Jobs } from '../agent/runtime.ts'
import { createKubernetesWorld } from '../kubernetes/create.ts'
import type { KubernetesWorld } from '../kubernetes/world.ts'
import { createMySQLWorld } from '../mysql/create.ts'
import type { MySQLWorld, SimMember } from '../mysql/world.ts'
import { createStore, type SimStore } from '../objectstore/store.ts'
import { createTemporal, type TemporalServer } from '../temporal/server.ts'
import { createNetwork, type Network, type Process } from '../world/network.ts'
import { createRandom, type Random } from '../world/random.ts'
import { createStory, type Story } from '../world/story.ts'
import { createTime, type VirtualTime } from '../world/time.ts'
import { BEGINNING } from './clock.ts'
import { type CallFaults, createCallFaults, troubleTemporal } from './faults.ts'
import type { Scenario } from './scenario.ts'
import { createStaff, type Staff } from './staff.ts'
import { enrol, prepareStore } from './stores.ts'
import { createUser, type User } from './user.ts'

/** Rules of what must never be, and of how it must end. */
export interface Violation {
  readonly rule: string
  readonly why: string
}

/** All there is in one simulation. */
export interface SimWorld {
  readonly scenario: Scenario
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly network: Network
  readonly kubernetes: KubernetesWorld
  readonly mysql: MySQLWorld
  /** The bucket of the backups, and what runs in the pods of Jobs. */
  readonly store: SimStore
  readonly jobs: Jobs
  readonly temporal: TemporalServer
  readonly calls: CallFaults
  readonly staff: Staff
  readonly user: User
  readonly violations: readonly Violation[]
  violate(rule: string, why: string): void
  /** True once no trouble is made any more. */
  readonly calm: boolean
  /** Ends a trouble after `ms`, or when the troubles are over. */
  lasting(ms: number, end: () => void): void
  /** Ends all troubles that last. */
  calmDown(): void
  /** Calls `look` with the members as they are after each event. */
  watch(look: (members: readonly SimMember[]) => void): void
  /** Sees all that gets into a history of Temporal, as text. */
  onHistory(look: (what: string, text: string) => void): void
}

/** Phase and message of the cluster, in the story. */
const tellOfStatus = (kubernetes: KubernetesWorld, story: Story): void => {
  let told = ''
  kubernetes.onWrite(({ kind, after }) => {
    if (kind !== KIND || !after) return
    const { phase, message } = (after['status' as keyof typeof after] ?? {}) as MySQLClusterStatus
    const now = `${phase}: ${message}`
    if (now !== told && phase) story.tell('status', now)
    told = now
  })
}

export const createWorld = (scenario: Scenario, sandbox: Sandbox): SimWorld => {
  const looks: ((members: readonly SimMember[]) => void)[] = []
  const historyLooks: ((what: string, text: string) => void)[] = []
  const violations: Violation[] = []
  const ends = new Set<() => void>()
  let calm = false

  const time = createTime(BEGINNING, () => {
    const members = mysql.members()
    for (const look of looks) look(members)
  })
  const random = createRandom(scenario.seed)
  const story = createStory(time)
  const violate = (rule: string, why: string): void => {
    if (violations.some((one) => one.rule === rule && one.why === why)) return
    violations.push({ rule, why })
    story.tell('VIOLATION', `${rule}: ${why}`)
  }
  const calls = createCallFaults(random.fork('calls'), scenario.rates, (process: Process, what) =>
    staff.kill(process, what),
  )
  const network = createNetwork(time, story, calls.fates)
  const mysql = createMySQLWorld({ time, random, story, network })
  const store = createStore(network)
  const jobs = createJobs({ time, story, store, random: random.fork('jobs'), mysql: () => mysql })
  const kubernetes = createKubernetesWorld({ time, random, story, network, jobs, runtime: mysql.runtime })
  if (scenario.backups) prepareStore(kubernetes)
  tellOfStatus(kubernetes, story)
  const temporal = createTemporal({
    ...{ time, story, sandbox, longHistory: scenario.longHistory },
    random: random.fork('temporal'),
    broken: (why) => violate('a workflow always goes on, and replays as it was', why),
    seen: (what, text) => {
      for (const look of historyLooks) look(what, text)
    },
  })
  ends.add(troubleTemporal(temporal.faults, random.fork('faults of Temporal'), scenario.rates))
  const staff = createStaff(
    { story, network, kubernetes, mysql, temporal },
    time,
    random.fork('staff'),
    scenario.backups ? (name) => enrol(kubernetes, name) : undefined,
  )

  return {
    ...{ scenario, time, story, network, kubernetes, mysql, store, jobs, temporal, calls, staff, violations, violate },
    random: random.fork('troubles'),
    user: createUser(kubernetes, story, scenario),
    get calm() {
      return calm
    },
    lasting(ms, end) {
      const once = (): void => {
        if (ends.delete(once)) end()
      }
      ends.add(once)
      time.after(ms, once)
    },
    calmDown() {
      calm = true
      for (const end of ends) end()
      ends.clear()
      calls.stop()
      staff.hurry()
      for (const { podUid, phase } of mysql.members()) if (phase === 'Paused') mysql.faults.resume(podUid)
    },
    watch: (look) => looks.push(look),
    onHistory: (look) => historyLooks.push(look),
  }
}
