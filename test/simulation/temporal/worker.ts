import { createActivities } from '../../../activities/index.ts'
import type { Ports } from '../../../activities/ports.ts'
import type { SimProcess } from '../operator/process.ts'
import type { ActivityTry, TemporalWorker } from './types.ts'

type Activities = Record<string, (...args: readonly unknown[]) => Promise<unknown>>

/** A worker that runs the real activities on the ports of its process. A process that died tells nobody anything. */
export const createWorker = (process: SimProcess, ports: Omit<Ports, 'heartbeat'>): TemporalWorker => ({
  process,
  polls: () => process.alive() && !process.paused,
  begin({ activity, args, heartbeat, done, failed }: ActivityTry) {
    const beat = (progress: string): void => {
      if (process.alive()) heartbeat(progress)
    }
    // Activities are called by their names here, as Temporal does.
    const activities = createActivities(() => ({ ...ports, heartbeat: beat })) as unknown as Activities
    const run = activities[activity]
    if (!run) throw new Error(`no activity ${activity}`)
    const whenAlive =
      <T>(tell: (value: T) => void) =>
      (value: T): void => {
        process.running(() => tell(value))
      }
    process.running(() => void run(...args).then(whenAlive(done), whenAlive(failed)))
  },
})
