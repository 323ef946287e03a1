import { performance } from 'node:perf_hooks'

export type StepState = 'waiting' | 'running' | 'done' | 'failed'

export interface Progress {
  readonly step: string
  readonly state: StepState
  /** Since the step began. */
  readonly elapsedMs: number
  readonly detail?: string
}

export type Report = (progress: Progress) => void

export interface Step {
  readonly after: readonly string[]
  /** May return (or tell on the way) a few words for a person. */
  readonly run: (context: { signal: AbortSignal; tell: (detail: string) => void }) => Promise<string | undefined>
}

/** A step of which there is nothing to tell. */
export const work = (after: readonly string[], run: () => Promise<unknown>): Step => ({
  after,
  run: async () => {
    await run()
    return undefined
  },
})

/**
 * Runs steps as soon as those are done that they come after. When one fails the running ones are told to stop, none
 * is begun any more, and the first failure is what the caller gets.
 */
export const runSteps = async (steps: Readonly<Record<string, Step>>, report: Report): Promise<void> => {
  const abort = new AbortController()
  const outcomes = new Map<string, Promise<void>>()
  const runStep = async (name: string, step: Step): Promise<void> => {
    report({ step: name, state: 'waiting', elapsedMs: 0 })
    await Promise.all(step.after.map(outcomeOf))
    abort.signal.throwIfAborted()
    const began = performance.now()
    const tell = (state: StepState, detail?: string): void =>
      report({ step: name, state, elapsedMs: performance.now() - began, ...(detail ? { detail } : {}) })
    tell('running')
    try {
      tell('done', await step.run({ signal: abort.signal, tell: (detail) => tell('running', detail) }))
    } catch (error) {
      if (!abort.signal.aborted) tell('failed')
      abort.abort(error)
      throw error
    }
  }
  const outcomeOf = (name: string): Promise<void> => {
    const known = outcomes.get(name)
    if (known) return known
    const step = steps[name]
    if (!step) throw new Error(`a step comes after "${name}", which does not exist`)
    const outcome = runStep(name, step)
    outcomes.set(name, outcome)
    return outcome
  }
  await Promise.allSettled(Object.keys(steps).map(outcomeOf))
  if (abort.signal.aborted) throw abort.signal.reason
}
