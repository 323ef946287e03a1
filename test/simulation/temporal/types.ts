import type { Sandbox } from '../../support/sandbox.ts'
import type { Process } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'

/** One try of an activity, as a worker gets it. */
export interface ActivityTry {
  readonly activity: string
  readonly args: readonly unknown[]
  readonly attempt: number
  readonly heartbeat: (progress: string) => void
  readonly done: (result: unknown) => void
  readonly failed: (error: unknown) => void
}

/** A process that polls for workflow tasks and activities. What it begins ends with it. */
export interface TemporalWorker {
  readonly process: Process
  /** Whether it asks for more now: one that is paused does not. */
  polls(): boolean
  begin(one: ActivityTry): void
}

/** What goes wrong between Temporal and its workers and clients. A fault that is not set never happens. */
export interface TemporalFaults {
  /** Whether this workflow task suggests to continue as new, however short the history is. */
  suggestsContinueAsNew: () => boolean
  /** Whether this workflow task comes to a worker that does not have the workflow in memory. */
  evicts: () => boolean
  /** `NeverBegins`: the worker is lost on the way. `ResultLost`: it is lost before it can tell the result. */
  attempt: (activity: string, by: Process) => 'Runs' | 'NeverBegins' | 'ResultLost'
  signal: () => 'Delivered' | 'Doubled' | 'Dropped'
}

export interface TemporalParts {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly sandbox: Sandbox
  /** Called when a workflow cannot go on: it failed its task, or said something else when it lived its history again. */
  readonly broken: (why: string) => void
  /** Sees all that gets into a history, as text. */
  readonly seen: (what: string, text: string) => void
  /** From this length on, continuing as new is suggested. */
  readonly longHistory: number
}

/** The part of the server that time and absence act on. */
export interface Service {
  readonly parts: TemporalParts
  readonly faults: TemporalFaults
  away: boolean
  /** Like `Clock.after`, but for what the server does: while it is away, nothing happens, and all that was due once it is back. */
  when(ms: number, work: () => unknown): () => void
  /** Calls `work` once the server is there: at once, if it is. */
  present(work: () => void): void
  /** A worker that lives; `work` is called with it, at once or when there is one. */
  withWorker(work: (worker: TemporalWorker) => unknown): unknown
}
