import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Verdict } from './simulate.ts'

export type Outcome = Pick<Verdict, 'seed' | 'violations' | 'events' | 'story'> & {
  readonly seconds: number
} & Partial<Verdict>

export interface Pool {
  run(seed: number): Promise<Outcome>
  close(): void
}

/** How many there are, if nobody says otherwise: `PROCESSES=1` leaves the rest of the machine to others. */
export const PROCESSES = Number(process.env['PROCESSES'] ?? availableParallelism())

const CHILD = 'test/simulation/run/child.ts'

/** Processes of their own that live seeds: plain Node, which is faster than within Jest. `root` is where the sources are. */
export const createPool = (root = join(import.meta.dirname, '../../..'), size = PROCESSES): Pool => {
  const waiting: { seed: number; done: (outcome: Outcome) => void }[] = []
  const children = new Set<ChildProcess>()
  let closed = false

  const start = (): void => {
    const child = fork(join(root, CHILD), [], { cwd: root, execArgv: ['--disable-warning=ExperimentalWarning'] })
    let current: (typeof waiting)[number] | undefined
    let ready = false
    children.add(child)
    const next = (): void => {
      current = waiting.shift()
      if (!current) idle.add(next)
      else if (child.connected) child.send(current.seed)
    }
    child.on('message', (message: Outcome | 'ready') => {
      if (message !== 'ready') current?.done(message)
      ready = true
      next()
    })
    child.on('exit', (code) => {
      children.delete(child)
      idle.delete(next)
      const why = `its process ended with code ${code}`
      const violations = [{ rule: 'the simulation itself works', why }]
      current?.done({ seed: current.seed, violations, events: 0, story: '', seconds: 0 })
      if (closed) return
      if (!ready) throw new Error(`the simulation does not start: its process ended with code ${code}`)
      start()
    })
  }
  const idle = new Set<() => void>()
  for (let count = 0; count < size; count += 1) start()

  return {
    run: (seed) =>
      new Promise((done) => {
        waiting.push({ seed, done })
        const [next] = idle
        if (!next) return
        idle.delete(next)
        next()
      }),
    close() {
      closed = true
      for (const child of children) child.kill()
    },
  }
}
