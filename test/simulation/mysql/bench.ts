import { renderMyCnf } from '../../../src/domain/mycnf.ts'
import { memberHost, PORTS } from '../../../src/domain/names.ts'
import { spec as clusterSpec } from '../../support/clusters.ts'
import type { Bench } from '../../support/mysql-bench.ts'
import { REF } from '../../support/snapshots.ts'
import { calm, createNetwork, type Process } from '../world/network.ts'
import { createRandom } from '../world/random.ts'
import type { ContainerSpec } from '../world/runtime.ts'
import { createStory, type Story } from '../world/story.ts'
import { createTime, type VirtualTime } from '../world/time.ts'
import { createMySQLWorld } from './create.ts'
import type { MySQLWorld } from './world.ts'

const START = Date.UTC(2026, 0, 1)
const STEP_MS = 100
const GRACE_MS = 60_000
const RESTART_MS = 500
const PASSWORDS = { operator: 'one', replication: 'two', probe: 'three', handover: 'four' }

export interface SimulatedBench extends Bench {
  readonly world: MySQLWorld
  readonly time: VirtualTime
  readonly story: Story
  readonly uid: (member: number) => string
}

/** Three simulated members whose containers are started again as kubelet does, and a clock that goes on while a case runs. */
export const createBench = (seed: number): SimulatedBench => {
  const time = createTime(START)
  const random = createRandom(seed)
  const story = createStory(time)
  const network = createNetwork(time, story, calm(random.fork('network')))
  const world = createMySQLWorld({ time, random, story, network })
  const process: Process = { name: 'worker', alive: () => true }
  const pod = (member: number): string => `${REF.name}-${member}`
  const uid = (member: number): string => `uid-${member}`
  const host = (member: number): string => memberHost(REF, pod(member), 'cluster.local')
  const container = (member: number): ContainerSpec => ({
    namespace: REF.namespace,
    pod: pod(member),
    podUid: uid(member),
    ip: `10.0.0.${member + 1}`,
    image: 'mysql:9.7',
    env: { POD_NAME: pod(member), MEMBER_HOST: host(member) },
    volume: `volume-${member}`,
    secrets: PASSWORDS,
    configuration: renderMyCnf(clusterSpec(), REF.uid),
  })
  const start = (member: number): void =>
    world.runtime.start(container(member), () => time.after(RESTART_MS, () => start(member)))
  const stop = (member: number): Promise<void> =>
    new Promise((resolve) => {
      world.runtime.stop(uid(member), GRACE_MS, resolve)
    })
  const { faults } = world
  return {
    world,
    time,
    story,
    uid,
    mysql: world.port(process),
    clock: time,
    access: { authority: '', operator: PASSWORDS.operator, replication: PASSWORDS.replication },
    group: REF.uid,
    seeds: [0, 1, 2].map((member) => `${host(member)}:${PORTS.mysql}`),
    address: (member) => ({ pod: pod(member), host: host(member), ip: container(member).ip }),
    async start() {
      for (const member of [0, 1, 2]) start(member)
    },
    kill: async (member) => faults.crash(uid(member)),
    async restart(member) {
      await stop(member)
      start(member)
    },
    pause: async (member) => faults.pause(uid(member)),
    resume: async (member) => faults.resume(uid(member)),
    async isolate(member) {
      const mend = faults.isolate(uid(member), 'Members')
      return async () => mend()
    },
    leave: async (member) => faults.leave(uid(member)),
    handOver: async (to) => faults.handOver(uid(to)),
    purge: async (member) => faults.purge(uid(member)),
    errant: async (member) => faults.errant(uid(member)),
    async prepare(member) {
      await world.write(container(member).ip)
    },
    write: async (member) => (await world.write(container(member).ip)).kind,
    async run(tell) {
      let ended = false
      const told = tell().finally(() => {
        ended = true
      })
      told.catch(() => undefined)
      while (!ended) await time.runUntil(time.now() + STEP_MS)
      await told
    },
  }
}
