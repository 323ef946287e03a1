import type { Command, Job, Run } from '../../support/sandbox.ts'

/** One workflow task of a run: what it was told, and what it said. */
export interface Task {
  readonly at: number
  readonly jobs: readonly Job[]
  readonly suggested: boolean
  readonly historyLength: number
  readonly flags: readonly number[]
  readonly said: string
  /** Markers of patches among what it said: Core tells of them before the task is lived again. */
  readonly patches: readonly string[]
}

export const patchesIn = (commands: readonly Command[]): readonly string[] =>
  commands.flatMap(({ setPatchMarker }) => setPatchMarker?.patchId ?? [])

/** Bytes of payloads become the text that they are. */
const readable = function (this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key]
  if (!ArrayBuffer.isView(raw)) return value
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8')
}

/** Jobs or commands as text: for comparing them, and for looking for what must not be in them. */
export const textOf = (value: unknown): string => JSON.stringify(value, readable)

const JOB_EVENTS: Readonly<Record<string, number>> = { resolveActivity: 2, notifyHasPatch: 0, queryWorkflow: 0 }

const kindOf = (one: Job | Command, known: Readonly<Record<string, number>>): number => {
  const [kind] = Object.entries(one).find(([, value]) => value !== null && value !== undefined) ?? ['']
  return known[kind] ?? 1
}

/** How many events a workflow task adds to the history: three of its own, and those of what it is told and says. */
export const eventsOf = (jobs: readonly Job[], commands: readonly Command[]): number =>
  3 +
  jobs.reduce((sum, job) => sum + kindOf(job, JOB_EVENTS), 0) +
  commands.reduce((sum, command) => sum + kindOf(command, {}), 0)

/** Lives a history again in a run that has not begun. Throws when the workflow says something else than it said. */
export const relive = async (run: Run, history: readonly Task[]): Promise<void> => {
  for (const [index, task] of history.entries()) {
    const patched = task.patches.map((patchId): Job => ({ notifyHasPatch: { patchId } }))
    const { commands } = await run.activate(task.at, [...patched, ...task.jobs], {
      suggestContinueAsNew: task.suggested,
      historyLength: task.historyLength,
      replaying: { flags: task.flags },
    })
    const said = textOf(commands)
    if (said === task.said) continue
    throw new Error(`not deterministic: task ${index + 1} of ${history.length} said ${task.said}, and replayed ${said}`)
  }
}
