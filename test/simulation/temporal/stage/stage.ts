import { join } from 'node:path'
import { openSandbox, type Sandbox } from '../../../support/sandbox.ts'
import { createProcess, type SimProcess } from '../../operator/process.ts'
import { createRandom } from '../../world/random.ts'
import { createStory } from '../../world/story.ts'
import { createTime } from '../../world/time.ts'
import { createTemporal } from '../server.ts'
import type { ActivityTry, TemporalWorker } from '../types.ts'

export const openStage = (): Promise<Sandbox> => openSandbox(['work'], join(import.meta.dirname, 'workflows.ts'))

/** A server with workers whose activities a test answers by hand. */
export const createStage = (sandbox: Sandbox) => {
  const time = createTime(Date.UTC(2026, 0, 1))
  const story = createStory(time)
  const tries: (ActivityTry & { readonly by: SimProcess })[] = []
  const broken: string[] = []
  const seen: string[] = []
  const temporal = createTemporal({
    ...{ time, story, sandbox, longHistory: 1_000 },
    random: createRandom(1),
    broken: (why) => broken.push(why),
    seen: (what, text) => seen.push(`${what}: ${text}`),
  })
  const hire = (name: string): SimProcess => {
    const process = createProcess(name, time, story)
    const polls = (): boolean => process.alive() && !process.paused
    const worker: TemporalWorker = { process, polls, begin: (one) => tries.push({ ...one, by: process }) }
    temporal.attach(worker)
    return process
  }
  return {
    ...{ time, story, temporal, tries, broken, seen, hire },
    pass: (ms: number): Promise<void> => time.runUntil(time.now() + ms),
    async end(): Promise<void> {
      for (const run of temporal.runs) await run.dispose()
    },
  }
}
