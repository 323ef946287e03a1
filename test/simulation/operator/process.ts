import type { Clock } from '../../../src/clock.ts'
import type { Process } from '../world/network.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'

/** A process that can die, and be stopped and continued (SIGSTOP, a long pause of a virtual machine). */
export interface SimProcess extends Process {
  /** The clock of this process: nothing happens by it once the process is dead, and what is due while it is paused happens later. */
  readonly clock: Clock
  readonly paused: boolean
  /** Calls `work` as soon as the process runs: at once, later, or never. */
  running(work: () => void): void
  die(why: string): void
  pause(): void
  resume(): void
}

export const createProcess = (name: string, time: VirtualTime, story: Story): SimProcess => {
  let alive = true
  let paused = false
  let due: (() => void)[] = []
  story.tell(name, 'starts')

  const process: SimProcess = {
    name,
    alive: () => alive,
    get paused() {
      return paused
    },
    running(work) {
      if (!alive) return
      if (paused) due.push(work)
      else work()
    },
    clock: {
      now: time.now,
      after(ms, work) {
        let taken = false
        const cancel = time.after(ms, () => process.running(() => (taken ? undefined : work())))
        return () => {
          taken = true
          cancel()
        }
      },
    },
    die(why) {
      if (!alive) return
      alive = false
      due = []
      story.tell(name, `dies: ${why}`)
    },
    pause() {
      if (!alive || paused) return
      paused = true
      story.tell(name, 'is paused')
    },
    resume() {
      if (!paused) return
      paused = false
      story.tell(name, 'goes on')
      for (const work of due.splice(0)) time.after(0, () => process.running(work))
    },
  }
  return process
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** A port whose answers reach the process only while it runs, and those of what its answers hold (sessions). */
export const gated = <T extends object>(process: SimProcess, port: T): T =>
  new Proxy(port, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown
      if (value instanceof Promise) return heard(process, value)
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args)
        return answer instanceof Promise ? heard(process, answer) : answer
      }
    },
  })

const isSession = (value: unknown): value is object =>
  isObject(value) && Object.values(value).some((one) => typeof one === 'function')

const heard = (process: SimProcess, answer: Promise<unknown>): Promise<unknown> =>
  new Promise((resolve, reject) => {
    answer.then(
      (value) => process.running(() => resolve(isSession(value) ? gated(process, value) : value)),
      (error: unknown) => process.running(() => reject(error)),
    )
  })
