import { ApplicationFailure } from '@temporalio/common'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { backupWorkflowId } from '../../../src/domain/backup.ts'
import { discardId, type ObjectRef, scheduleId, strayId, workflowId } from '../../../src/domain/names.ts'
import { type Outcome, procedureId } from '../../../src/domain/procedure.ts'
import type { Snapshot } from '../../../src/domain/snapshot.ts'
import type { Report } from '../../../src/domain/status.ts'
import type { BackupInput } from '../../../workflows/backup.ts'
import type { ProcedureInput } from '../../../workflows/procedure.ts'
import type { ClusterState, ClusterWorkflowInput } from '../../../workflows/state.ts'
import {
  beginning,
  type Command,
  type Job,
  openSandbox,
  pack,
  packFailure,
  type Run,
  type RunOptions,
  type Sandbox,
  unpack,
} from '../../support/sandbox.ts'
import { CREATED_AT, REF } from '../../support/snapshots.ts'
import { ACTIVITIES } from './activities.ts'
import type { ActivityName, Answered, Asked, Child, Timer, Told, World } from './types.ts'

interface Pending extends Asked {
  readonly seq: number
}

let runs = 0
const nextRunId = (): string => {
  runs += 1
  return `run-${runs}`
}

export const openStage = (): Promise<Sandbox> => openSandbox(ACTIVITIES)

/** One run of a workflow, that of a cluster or of a procedure, in a scripted world with its own clock. */
export class Story {
  readonly world: World
  /** All activities that the workflow has asked for, in order. */
  readonly asked: Asked[] = []
  /** What the workflow said in all, for comparing two runs. */
  readonly commands: Command[] = []
  now = CREATED_AT + 60_000
  ended: 'completed' | 'cancelled' | undefined
  continuedWith: ClusterWorkflowInput | undefined
  suggestContinueAsNew = false
  readonly children: Child[] = []
  readonly told: Told[] = []
  readonly answers: Answered[] = []
  /** How a procedure ended. */
  outcome: Outcome | undefined
  /** Whoever is told something exists no more. */
  isAlone = false
  #begun: Job[] = []
  #run: Run | undefined
  #pending: Pending[] = []
  #timer: (Timer & { readonly seq: number }) | undefined

  constructor(found: Snapshot | null, on: World['on'] = {}) {
    this.world = { found, on }
  }

  begin(sandbox: Sandbox, input: ClusterWorkflowInput = REF, runId = nextRunId()): Promise<this> {
    return this.#open(sandbox, { workflowType: 'mysqlCluster', workflowId: workflowId(REF), runId }, input)
  }

  /** Begins the workflow of a procedure in place of that of the cluster. */
  beginProcedure(sandbox: Sandbox, { ref, procedure }: ProcedureInput, runId = nextRunId()): Promise<this> {
    const options = { workflowType: procedure.kind, workflowId: procedureId(ref, procedure), runId }
    return this.#open(sandbox, options, { ref, procedure })
  }

  /** Begins the workflow of a backup in place of that of the cluster. */
  beginBackup(sandbox: Sandbox, input: BackupInput, runId = nextRunId()): Promise<this> {
    const options = { workflowType: 'backup', workflowId: backupWorkflowId(input.ref, input.backup), runId }
    return this.#open(sandbox, options, input)
  }

  beginStray(sandbox: Sandbox, operation: ObjectRef, runId = nextRunId()): Promise<this> {
    return this.#open(sandbox, { workflowType: 'strayOperation', workflowId: strayId(operation), runId }, operation)
  }

  beginDiscard(sandbox: Sandbox, backup: ObjectRef, runId = nextRunId()): Promise<this> {
    return this.#open(sandbox, { workflowType: 'discardBackup', workflowId: discardId(backup), runId }, backup)
  }

  beginScheduled(sandbox: Sandbox, schedule: string, runId = nextRunId()): Promise<this> {
    const id = scheduleId(REF, schedule)
    return this.#open(sandbox, { workflowType: 'scheduledBackup', workflowId: id, runId }, { ref: REF, schedule })
  }

  async #open(sandbox: Sandbox, which: Omit<RunOptions, 'now'>, input: unknown): Promise<this> {
    const options = { ...which, now: this.now }
    this.#run = await sandbox.open(options)
    const { commands } = await this.#run.activate(this.now, [beginning(options, [input])])
    this.#take(commands)
    return this
  }

  /** The timer by which the workflow waits, with its label. */
  get rest(): Timer | undefined {
    return this.#timer && { ms: this.#timer.ms, label: this.#timer.label }
  }

  get pending(): readonly ActivityName[] {
    return this.#pending.map(({ activity }) => activity)
  }

  get steps(): readonly string[] {
    return this.asked.map(({ activity, args }) => (typeof args[1] === 'string' ? `${activity} ${args[1]}` : activity))
  }

  get published(): readonly Report[] {
    return this.asked.filter(({ activity }) => activity === 'publish').map(({ args }) => args[1] as Report)
  }

  /** Answers the activities that are under way, and those that follow, until the workflow rests or ends. */
  async settle(): Promise<this> {
    while (this.#pending.length + this.#begun.length > 0 && !this.ended) await this.answerNext()
    return this
  }

  /** Answers activities until the next one under way is `activity`. */
  async until(activity: ActivityName): Promise<this> {
    while (this.#pending.length > 0 && this.#pending[0]?.activity !== activity) await this.answerNext()
    if (this.#pending[0]?.activity !== activity) throw new Error(`the workflow never came to ${activity}`)
    return this
  }

  async answerNext(): Promise<void> {
    if (this.#begun.length > 0) return this.activate(this.#begun.splice(0))
    const [next] = this.#pending
    if (!next) throw new Error('no activity is under way')
    await this.answer(next.activity)
  }

  /** Answers an activity that is under way, although others were asked for before it. */
  async answer(activity: ActivityName): Promise<void> {
    const next = this.#pending.find((one) => one.activity === activity)
    if (!next) throw new Error(`${activity} is not under way`)
    this.#pending = this.#pending.filter((one) => one !== next)
    await this.activate([{ resolveActivity: { seq: next.seq, result: this.#result(next) } }])
  }

  async signal(...input: readonly unknown[]): Promise<void> {
    await this.hear('lookAgain', ...input)
  }

  async hear(signalName: string, ...input: readonly unknown[]): Promise<void> {
    await this.activate([{ signalWorkflow: { signalName, input: input.map(pack) } }])
  }

  /** Asks by an update, as a person does who waits for the answer; see `answers`. */
  async update(name: string, ...input: readonly unknown[]): Promise<void> {
    const id = `update-${this.answers.length}`
    await this.activate([
      { doUpdate: { id, protocolInstanceId: id, name, input: input.map(pack), runValidator: true, meta: {} } },
    ])
  }

  /** Lets time pass until the workflow's own timer wakes it. */
  async sleep(): Promise<void> {
    const timer = this.#timer
    if (!timer) throw new Error('the workflow does not rest')
    this.now += timer.ms
    this.#timer = undefined
    await this.activate([{ fireTimer: { seq: timer.seq } }])
  }

  async cancel(): Promise<void> {
    await this.activate([{ cancelWorkflow: { reason: 'a person asked' } }])
  }

  async state(): Promise<ClusterState> {
    const query = { queryWorkflow: { queryId: 'q', queryType: 'getState' } }
    const { commands } = await this.#must().activate(this.now, [query])
    return unpack(commands[0]?.respondToQuery?.succeeded?.response)
  }

  async details(): Promise<string> {
    const query = { queryWorkflow: { queryId: 'd', queryType: '__temporal_workflow_metadata' } }
    const { commands } = await this.#must().activate(this.now, [query])
    return unpack<{ currentDetails: string }>(commands[0]?.respondToQuery?.succeeded?.response).currentDetails
  }

  async end(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    await run?.dispose()
  }

  async activate(jobs: readonly Job[]): Promise<void> {
    const { suggestContinueAsNew } = this
    this.#take((await this.#must().activate(this.now, jobs, { suggestContinueAsNew })).commands)
  }

  #must(): Run {
    if (!this.#run) throw new Error('the story has not begun')
    return this.#run
  }

  #result({ activity, args }: Pending) {
    try {
      if (activity === 'gather') return { completed: { result: pack(this.world.found) } }
      const answer = this.world.on[activity] as ((...args: readonly unknown[]) => unknown) | undefined
      const usual = activity === 'applyObjects' ? { kind: 'Applied', created: [] } : undefined
      return { completed: { result: pack(answer?.(...args) ?? usual) } }
    } catch (error) {
      return { failed: { failure: activityFailure(activity, error) } }
    }
  }

  #take(commands: readonly Command[]): void {
    this.commands.push(...commands)
    for (const command of commands) {
      const { scheduleActivity, startTimer, cancelTimer, userMetadata } = command
      const summary = userMetadata?.summary ? unpack<string>(userMetadata.summary) : ''
      if (scheduleActivity) {
        const activity = scheduleActivity.activityType as ActivityName
        const one = { activity, summary, args: (scheduleActivity.arguments ?? []).map((arg) => unpack(arg)) }
        this.asked.push(one)
        this.#pending.push({ ...one, seq: scheduleActivity.seq ?? 0 })
      }
      const child = command.startChildWorkflowExecution
      if (child) {
        const { seq = 0, workflowType, workflowId: id } = child
        const [input] = (child.input ?? []).map((arg) => unpack<ProcedureInput>(arg))
        if (input) this.children.push({ type: workflowType ?? '', id: id ?? '', input })
        this.#begun.push({ resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: 'child' } } })
      }
      const signal = command.signalExternalWorkflowExecution
      if (signal) {
        const { seq = 0, signalName, workflowExecution, args } = signal
        const input = (args ?? []).map((arg) => unpack(arg))
        this.told.push({ workflow: workflowExecution?.workflowId ?? '', signal: signalName ?? '', input })
        const failure = this.isAlone ? { failure: packFailure(new Error('workflow not found')) } : {}
        this.#begun.push({ resolveSignalExternalWorkflow: { seq, ...failure } })
      }
      const answer = command.updateResponse
      if (answer?.accepted) this.answers.push({ kind: 'Accepted' })
      if (answer?.rejected) this.answers.push({ kind: 'Rejected', why: answer.rejected.message ?? '' })
      if (answer?.completed) this.answers.push({ kind: 'Completed', result: unpack(answer.completed) })
      if (startTimer)
        this.#timer = { seq: startTimer.seq ?? 0, ms: tsToMs(startTimer.startToFireTimeout), label: summary }
      if (cancelTimer && cancelTimer.seq === this.#timer?.seq) this.#timer = undefined
      if (command.completeWorkflowExecution) {
        this.ended = 'completed'
        const { result } = command.completeWorkflowExecution
        this.outcome = result ? unpack(result) : undefined
      }
      if (command.cancelWorkflowExecution) this.ended = 'cancelled'
      const [input] = command.continueAsNewWorkflowExecution?.arguments ?? []
      if (input) this.continuedWith = unpack(input)
    }
  }
}

const activityFailure = (activity: ActivityName, error: unknown) => ({
  message: 'Activity task failed',
  cause: packFailure(error),
  activityFailureInfo: { activityId: '1', activityType: { name: activity }, retryState: 2 },
})

/** A step that fails as our activities do, with a code of the table of errors. */
export const failing = (code: string, message: string) => (): never => {
  throw ApplicationFailure.create({ type: code, message, nonRetryable: true })
}

const times = (story: Story, activity: ActivityName): number =>
  story.asked.filter((one) => one.activity === activity).length

/** How often the cluster was looked at, and its objects applied. */
export const looks = (story: Story): number => times(story, 'gather')
export const applications = (story: Story): number => times(story, 'applyObjects')
