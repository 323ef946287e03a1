import { type Command, pack, unpack } from '../../support/sandbox.ts'
import { type Closing, type Execution, execute } from './execution.ts'
import { createService } from './service.ts'
import type { TemporalFaults, TemporalParts, TemporalWorker } from './types.ts'

/** The server answers nothing while it is away. */
export class TemporalAway extends Error {}
/** As the client of the SDK names it. */
export class AlreadyStarted extends Error {
  override readonly name = 'WorkflowExecutionAlreadyStartedError'
}

export interface SignalWithStart {
  readonly workflowType: string
  readonly workflowId: string
  readonly args: readonly unknown[]
  readonly signal: string
  readonly signalArgs: readonly unknown[]
}

export interface TemporalServer {
  readonly faults: TemporalFaults
  away: boolean
  attach(worker: TemporalWorker): void
  start(workflowType: string, workflowId: string, args: readonly unknown[]): void
  /** A running workflow of this id gets the signal; one that completed is not started again (ALLOW_DUPLICATE_FAILED_ONLY). */
  signalWithStart(ask: SignalWithStart): void
  signal(workflowId: string, name: string, ...args: readonly unknown[]): boolean
  query<T>(workflowId: string, name: string): Promise<T>
  cancel(workflowId: string): void
  terminate(workflowId: string): Promise<void>
  /** The data of the server is lost: there was never a workflow. */
  forgetAll(): Promise<void>
  running(): readonly Execution[]
  /** The ids of the workflows that run. */
  list(): readonly string[]
  /** Every run that there ever was, also of workflows that were forgotten. */
  readonly runs: readonly Execution[]
  /** How the workflow of this id ended; undefined while it runs, or when there never was one. */
  outcome(workflowId: string): Closing | undefined
}

interface Workflow {
  current: Execution
  outcome?: Closing
  /** The run that started it as its child. */
  parent?: { readonly run: Execution; readonly seq: number; readonly policy: number }
}

const TERMINATE = 1
const REQUEST_CANCEL = 3
const ALREADY_EXISTS = 1

const childResult = (closing: Closing, workflowId: string) => {
  if (closing.kind === 'Completed') return { completed: { result: pack(closing.result) } }
  const info = { childWorkflowExecutionFailureInfo: { workflowExecution: { workflowId } } }
  if (closing.kind === 'Cancelled') return { cancelled: { failure: { message: 'child cancelled', ...info } } }
  return { failed: { failure: { message: `child ${closing.kind}`, ...info } } }
}

/** The simulated server: executions by id, their children, and what they say to each other. */
export const createTemporal = (parts: TemporalParts): TemporalServer => {
  const { time, story, seen } = parts
  const service = createService(parts)
  const workflows = new Map<string, Workflow>()
  const runs: Execution[] = []

  const open = (workflowType: string, workflowId: string, args: readonly unknown[]): Execution => {
    const runId = `run-${runs.length + 1}`
    seen('the input of a workflow', JSON.stringify(args))
    const execution = execute(service, { closed, other }, { workflowType, workflowId, runId, now: time.now() }, args)
    runs.push(execution)
    return execution
  }

  const isRunning = (workflowId: string): boolean => workflows.get(workflowId)?.current.closed === false

  const begin = (workflowType: string, workflowId: string, args: readonly unknown[]): Workflow => {
    const workflow: Workflow = { current: open(workflowType, workflowId, args) }
    workflows.set(workflowId, workflow)
    return workflow
  }

  const closed = (execution: Execution, closing: Closing): void => {
    const { workflowId } = execution.options
    const workflow = workflows.get(workflowId)
    story.tell('workflow', `${closing.kind} after ${execution.length} events`)
    if (workflow?.current !== execution) return
    for (const [id, { parent }] of workflows)
      if (parent?.run === execution) {
        if (parent.policy === TERMINATE) void server.terminate(id)
        if (parent.policy === REQUEST_CANCEL) server.cancel(id)
      }
    if (closing.kind === 'ContinuedAsNew') {
      workflow.current = open(closing.workflowType, workflowId, closing.args)
      return
    }
    workflow.outcome = closing
    const { parent } = workflow
    parent?.run.tell({ resolveChildWorkflowExecution: { seq: parent.seq, result: childResult(closing, workflowId) } })
  }

  const startChild = (run: Execution, command: NonNullable<Command['startChildWorkflowExecution']>): void => {
    const { seq = 0, workflowId, workflowType, input } = command
    const id = workflowId ?? ''
    if (isRunning(id)) {
      const failed = { workflowId: id, workflowType: workflowType ?? '', cause: ALREADY_EXISTS }
      run.tell({ resolveChildWorkflowExecutionStart: { seq, failed } })
      return
    }
    const child = begin(
      workflowType ?? '',
      id,
      (input ?? []).map((one) => unpack(one)),
    )
    child.parent = { run, seq: seq ?? 0, policy: command.parentClosePolicy ?? TERMINATE }
    run.tell({ resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: child.current.options.runId } } })
  }

  const other = (run: Execution, command: Command): void => {
    const { startChildWorkflowExecution, signalExternalWorkflowExecution: external } = command
    if (startChildWorkflowExecution) startChild(run, startChildWorkflowExecution)
    const cancel = command.requestCancelExternalWorkflowExecution
    if (cancel) {
      server.cancel(cancel.workflowExecution?.workflowId ?? '')
      run.tell({ resolveRequestCancelExternalWorkflow: { seq: cancel.seq ?? 0 } })
    }
    if (!external) return
    const id = external.childWorkflowId ?? external.workflowExecution?.workflowId ?? ''
    const found = server.signal(id, external.signalName ?? '', ...(external.args ?? []).map((one) => unpack(one)))
    const failure = found ? {} : { failure: { message: `no workflow ${id}` } }
    run.tell({ resolveSignalExternalWorkflow: { seq: external.seq ?? 0, ...failure } })
  }

  const deliver = (execution: Execution, signalName: string, args: readonly unknown[]): void => {
    const fate = service.faults.signal()
    const said = JSON.stringify(args)
    story.tell('workflow', `hears ${signalName}${fate === 'Delivered' ? '' : ` (${fate})`}: ${said}`)
    seen('a signal', said)
    const job = { signalWorkflow: { signalName, input: args.map(pack) } }
    for (let times = { Delivered: 1, Doubled: 2, Dropped: 0 }[fate]; times > 0; times -= 1) execution.tell(job)
  }

  const reached = (): void => {
    if (service.away) throw new TemporalAway('Temporal does not answer')
  }

  const server: TemporalServer = {
    faults: service.faults,
    get away() {
      return service.away
    },
    set away(away) {
      service.away = away
    },
    attach: service.attach,
    start(workflowType, workflowId, args) {
      reached()
      if (isRunning(workflowId)) throw new AlreadyStarted(workflowId)
      begin(workflowType, workflowId, args)
    },
    signalWithStart({ workflowType, workflowId, args, signal, signalArgs }) {
      reached()
      const known = workflows.get(workflowId)
      if (known?.outcome?.kind === 'Completed') throw new AlreadyStarted(workflowId)
      const { current } = isRunning(workflowId) && known ? known : begin(workflowType, workflowId, args)
      deliver(current, signal, signalArgs)
    },
    signal(workflowId, name, ...args) {
      const workflow = workflows.get(workflowId)
      if (!workflow || workflow.current.closed) return false
      deliver(workflow.current, name, args)
      return true
    },
    async query(workflowId, name) {
      const workflow = workflows.get(workflowId)
      if (!workflow) throw new Error(`no workflow ${workflowId}`)
      return workflow.current.query(name)
    },
    cancel(workflowId) {
      if (isRunning(workflowId)) workflows.get(workflowId)?.current.tell({ cancelWorkflow: { reason: 'asked' } })
    },
    async terminate(workflowId) {
      await workflows.get(workflowId)?.current.terminate()
    },
    async forgetAll() {
      const forgotten = [...workflows.values()]
      workflows.clear()
      for (const { current } of forgotten) await current.terminate()
    },
    running: () => [...workflows.values()].map(({ current }) => current).filter((current) => !current.closed),
    list() {
      reached()
      return server.running().map(({ options }) => options.workflowId)
    },
    runs,
    outcome: (workflowId) => workflows.get(workflowId)?.outcome,
  }
  return server
}
