import type { SimProcess } from '../operator/process.ts'
import type { SimWorld } from '../run/world.ts'

/** An activity that a worker has taken, and not begun. */
export interface Held {
  readonly process: SimProcess
  goOn(): void
}

/** Stops the next worker that begins this activity, before it does anything. */
export const heldBeginning = (world: SimWorld, activity: string, held: (begun: Held) => void): void => {
  const { faults } = world.temporal
  const usual = faults.attempt
  let done = false
  faults.attempt = (name, by) => {
    const process = world.staff.workers().find((worker) => worker.name === by.name)
    if (name !== activity || !process || done || world.calm) return usual(name, by)
    done = true
    process.pause()
    held({ process, goOn: () => world.staff.resume(process) })
    return 'Runs'
  }
}

/** The next such request of this process arrives `ms` later, and the process is killed at once. */
export const lateRequest = (world: SimWorld, process: SimProcess, what: string, ms: number): void => {
  const { network, staff, story } = world
  const usual = network.fates
  let done = false
  network.fates = (caller, receiver, call) => {
    if (done || world.calm || caller.name !== process.name || receiver !== 'kubernetes' || !call.startsWith(what))
      return usual(caller, receiver, call)
    done = true
    story.tell('trouble', `${process.name} dies, and ${call} arrives in ${ms / 1000} s`)
    world.time.after(0, () => staff.kill(process, 'killed', 5_000))
    return { kind: 'Passes', thereMs: ms, backMs: 1 }
  }
}
