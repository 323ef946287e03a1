import { OperatorError } from '../../../src/domain/errors.ts'
import type { Credentials } from '../../../src/pki/credentials.ts'
import { keptSchedules } from '../../support/schedules.ts'
import { DOMAIN, type OperatorParts, startOperator } from '../operator/operator.ts'
import { createProcess, gated, type SimProcess } from '../operator/process.ts'
import type { TemporalWorker } from '../temporal/types.ts'
import { createWorker } from '../temporal/worker.ts'
import type { Process } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/time.ts'

export const OPERATOR_NAMESPACE = 'mysql-operator-system'
const WORKERS = 2
/** From the last sign of a leader to the next one's first act; see src/kubernetes/lease.ts. */
const TAKE_OVER_MS = [1_000, 9_000] as const
/** How long an ex-leader that wakes up still acts. */
const OVERLAP_MS = [0, 6_000] as const

/** The processes of the operator: who dies is replaced after a while. */
export interface Staff {
  readonly workers: () => readonly SimProcess[]
  /** All that act as leaders now: usually one. */
  readonly leaders: () => readonly SimProcess[]
  /** Starts everybody. */
  begin(): void
  /** Ends a process, which is replaced after `awayMs`. */
  kill(process: Process, why: string, awayMs?: number): void
  /** Stops the leader for a while; another one takes over, and for a moment both act when it wakes up. */
  pauseLeader(ms: number): void
  /** Stops a worker for a while: Temporal gives up on what it does, and it goes on with it when it wakes up. */
  pauseWorker(ms: number): void
  /** A worker that was stopped goes on. */
  resume(worker: SimProcess): void
  /** From now on those who are missing come back soon. */
  hurry(): void
}

/** Of no secret may any other text hold this part. */
export const SECRET = 'Geheim'

const credentials = (random: Random): Credentials => {
  const secret = (): string => `${SECRET}${random.between(0, 2 ** 31).toString(36)}`
  const pair = (name: string) => ({ certificate: `certificate of ${name}`, privateKey: secret() })
  return {
    password: secret,
    certificates: async (authority, name) => ({ authority: pair(authority), server: pair(name) }),
  }
}

export const createStaff = (
  parts: OperatorParts,
  time: VirtualTime,
  random: Random,
  enrol: (worker: string) => void = () => undefined,
): Staff => {
  const { story, kubernetes, mysql, temporal } = parts
  const fresh = credentials(random.fork('credentials'))
  const schedules = keptSchedules()
  let hired = 0
  let hurried = false
  let workers: SimProcess[] = []
  let leaders: SimProcess[] = []

  const attached = new Map<SimProcess, TemporalWorker>()
  const hireWorker = (): void => {
    hired += 1
    const process = createProcess(`worker-${hired}`, time, story)
    workers = [...workers.filter((one) => one.alive()), process]
    enrol(process.name)
    const worker = createWorker(process, {
      kubernetes: gated(process, kubernetes.port(process)),
      mysql: gated(process, mysql.port(process)),
      domain: DOMAIN,
      operatorNamespace: OPERATOR_NAMESPACE,
      instance: process.name,
      clock: process.clock,
      credentials: fresh,
      schedules,
      knock: async (host) => (kubernetes.isRefused(host) ? 'Refused' : 'Open'),
    })
    attached.set(process, worker)
    temporal.attach(worker)
  }
  const resume = (worker: SimProcess): void => {
    worker.resume()
    const polling = attached.get(worker)
    if (worker.alive() && polling) temporal.attach(polling)
  }
  const elect = (): void => {
    hired += 1
    const process = createProcess(`operator-${hired}`, time, story)
    leaders = [...leaders.filter((one) => one.alive()), process]
    startOperator(parts, process)
  }
  const isLed = (): boolean => leaders.some((one) => one.alive() && !one.paused)

  return {
    workers: () => workers.filter((one) => one.alive()),
    leaders: () => leaders.filter((one) => one.alive()),
    begin() {
      for (let count = 0; count < WORKERS; count += 1) hireWorker()
      elect()
    },
    kill(process, why, awayMs = random.between(500, 20_000)) {
      const known = [...workers, ...leaders].find((one) => one === process)
      if (!known?.alive()) return
      const leads = leaders.includes(known)
      known.die(why)
      const soon = random.between(...TAKE_OVER_MS)
      if (leads) time.after(hurried ? soon : Math.max(soon, awayMs), () => (isLed() ? undefined : elect()))
      else time.after(hurried ? 500 : awayMs, hireWorker)
    },
    pauseLeader(ms) {
      const [leader] = leaders.filter((one) => one.alive() && !one.paused)
      if (!leader) return
      leader.pause()
      time.after(random.between(...TAKE_OVER_MS), () => (isLed() ? undefined : elect()))
      time.after(ms, () => {
        leader.resume()
        time.after(random.between(...OVERLAP_MS), () => {
          leader.die('it finds its Lease lost')
          time.after(500, () => (isLed() ? undefined : elect()))
        })
      })
    },
    pauseWorker(ms) {
      const working = workers.filter((one) => one.alive() && !one.paused)
      if (working.length === 0) return
      const worker = random.pick(working)
      worker.pause()
      time.after(ms, () => resume(worker))
    },
    resume,
    hurry() {
      hurried = true
    },
  }
}

/** Errors of a person's own act do not end the story: they are told by the API server. */
export const attempt = (work: () => unknown): boolean => {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof OperatorError) return false
    throw error
  }
}
