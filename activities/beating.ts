import type { Ports } from './ports.ts'

const BEAT_MS = 5_000

/** Runs `work`, and tells Temporal all the while that it is alive: else a second run would start beside the first. */
export const beating = async <T>(ports: Ports, doing: string | (() => string), work: () => Promise<T>): Promise<T> => {
  let stop = (): void => undefined
  const beat = (): void => {
    ports.heartbeat(typeof doing === 'string' ? doing : doing())
    stop = ports.clock.after(BEAT_MS, beat)
  }
  beat()
  try {
    return await work()
  } finally {
    stop()
  }
}

/** How often a short activity says that its worker lives, once it takes longer than expected. */
const ALIVE_MS = 3_000

/**
 * Runs a short `work`, which says nothing of its progress: Temporal hears of it only when it takes longer. So a worker that
 * dies is noticed long before the time is up that the activity may take.
 */
export const alive = async <T>(ports: Ports, work: (ports: Ports) => Promise<T>): Promise<T> => {
  let stop = (): void => undefined
  const wait = (): void => {
    stop = ports.clock.after(ALIVE_MS, () => {
      ports.heartbeat('waits for an answer')
      wait()
    })
  }
  wait()
  try {
    return await work(ports)
  } finally {
    stop()
  }
}
