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
