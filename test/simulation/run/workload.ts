import type { KubernetesWorld } from '../kubernetes/world.ts'
import type { MySQLWorld } from '../mysql/world.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/time.ts'
import { WRITES } from './user.ts'

export interface Workload {
  readonly acknowledged: number
  readonly refused: number
  readonly lost: number
  /** Epoch milliseconds of the last write that was acknowledged. */
  readonly lastAt: number
  stop(): void
}

/** Clients that write one row after the other through the write Service, as long as the story lasts. */
export const startWorkload = (
  time: VirtualTime,
  random: Random,
  kubernetes: KubernetesWorld,
  mysql: MySQLWorld,
): Workload => {
  const counts = { Acknowledged: 0, Refused: 0, Lost: 0 }
  let lastAt = 0
  let stopped = false

  const pause = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    time.after(random.between(200, 1_500), resolve)
    return promise
  }
  const client = async (): Promise<void> => {
    while (!stopped) {
      const endpoints = kubernetes.endpointsOf(WRITES)
      if (endpoints.length > 0) {
        const outcome = await mysql.write(random.pick(endpoints).ip)
        counts[outcome.kind] += 1
        if (outcome.kind === 'Acknowledged') lastAt = time.now()
      }
      await pause()
    }
  }
  void client()
  void client()

  return {
    get acknowledged() {
      return counts.Acknowledged
    },
    get refused() {
      return counts.Refused
    },
    get lost() {
      return counts.Lost
    },
    get lastAt() {
      return lastAt
    },
    stop() {
      stopped = true
    },
  }
}
