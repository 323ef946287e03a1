import { whileWanted } from '../../../src/agent/wanted.ts'
import { sleep } from '../../../src/clock.ts'
import type { MySQLWorld } from '../mysql/world.ts'
import type { SimStore } from '../objectstore/store.ts'
import { createProcess, gated, type SimProcess } from '../operator/process.ts'
import type { Random } from '../world/random.ts'
import type { JobContainer, JobRuntime } from '../world/runtime.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import { runAgent, type Scratch } from './agent.ts'

export interface JobParts {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly mysql: () => MySQLWorld
  readonly store: SimStore
}

/** The containers of Jobs that run now, by the uid of their pod. */
export interface Jobs extends JobRuntime {
  readonly processes: ReadonlyMap<string, SimProcess>
}

/** Shorter than the grace period of the pod; as src/agent/main.ts has it. */
const END_MS = 25_000
const STOPPED = 143
const ACCOUNTS_MS = [2_000, 6_000] as const

type End = { readonly code: number; readonly said?: string }

/** Runs the containers of Jobs: the agent, and the scripts that have mysqld copy a member or take over a backup. */
export const createJobs = ({ time, random, story, mysql, store }: JobParts): Jobs => {
  const processes = new Map<string, SimProcess>()
  const scratches = new Map<string, Scratch>()
  const scratchOf = (podUid: string): Scratch => {
    const scratch = scratches.get(podUid) ?? {}
    scratches.set(podUid, scratch)
    return scratch
  }

  const copy = async ({ env, podUid, secrets }: JobContainer): Promise<End> => {
    try {
      scratchOf(podUid).copy = await mysql().copyOf(env['DONOR'] ?? '', secrets['backup'])
      return { code: 0 }
    } catch (error) {
      return { code: 1, said: `the copy of ${env['DONOR']} failed: ${String(error)}` }
    }
  }
  const takeOver = async ({ podUid, volume, secrets }: JobContainer, process: SimProcess): Promise<End> => {
    await sleep(process.clock, random.between(...ACCOUNTS_MS))
    const found = scratchOf(podUid).copy
    if (!found) return { code: 1, said: 'there are no data' }
    mysql().fill(volume, found, secrets)
    return { code: 0 }
  }

  return {
    processes,
    start(container, ended) {
      const { name, pod, podUid, env } = container
      const process = createProcess(`${pod}/${name}`, time, story)
      processes.set(podUid, process)
      let isToEnd = false
      const end = ({ code, said }: End): void => {
        if (!process.alive()) return
        process.die(`it ends with code ${code}`)
        if (processes.get(podUid) === process) processes.delete(podUid)
        ended(code, said)
      }
      const work = (): Promise<End> => {
        const task = env['TASK']
        if (task === undefined) return env['DONOR'] === undefined ? takeOver(container, process) : copy(container)
        const open = gated(process, store.open(process))
        const ports = {
          store: whileWanted(open, () => !isToEnd),
          clock: process.clock,
          say: () => undefined,
        }
        return runAgent({ ports, random, scratch: scratchOf(podUid) }, task)
      }
      void work().then(({ code, ...said }) =>
        process.running(() => end({ code: code !== 0 && isToEnd ? STOPPED : code, ...said })),
      )
      return {
        stop() {
          isToEnd = true
          if (env['TASK'] === undefined) end({ code: STOPPED })
          else time.after(END_MS, () => end({ code: STOPPED }))
        },
        kill: () => process.die('it is killed'),
      }
    },
  }
}
