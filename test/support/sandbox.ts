/**
 * The one place that knows the SDK's inside: it runs the real workflow bundle in the SDK's own sandbox, one activation at
 * a time, as Core would. These imports are not public API, so the SDK's exact version is pinned in package.json.
 */
import { join } from 'node:path'
import {
  defaultFailureConverter,
  defaultPayloadConverter,
  type Payload,
  TypedSearchAttributes,
} from '@temporalio/common'
import { msToTs } from '@temporalio/common/lib/time.js'
import proto, { type coresdk } from '@temporalio/proto'
import { bundleWorkflowCode } from '@temporalio/worker'
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js'
import type { WorkflowCreateOptions } from '@temporalio/worker/lib/workflow/interface.js'
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js'
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js'

export type Job = coresdk.workflow_activation.IWorkflowActivationJob
export type Command = coresdk.workflow_commands.IWorkflowCommand

export const pack = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)
export const unpack = <T>(payload: unknown): T => defaultPayloadConverter.fromPayload<T>(payload as Payload)
export const packFailure = (error: unknown) => defaultFailureConverter.errorToFailure(error, defaultPayloadConverter)

export interface ActivationOptions {
  readonly suggestContinueAsNew?: boolean
  readonly historyLength?: number
  /** The flags of the SDK that the same activation used when it was lived: it is lived again now. */
  readonly replaying?: { readonly flags: readonly number[] }
}

export interface Activated {
  readonly commands: readonly Command[]
  readonly flags: readonly number[]
}

export interface Run {
  readonly runId: string
  /** Carries the workflow one activation further. Throws what fails the workflow task. */
  activate(now: number, jobs: readonly Job[], options?: ActivationOptions): Promise<Activated>
  dispose(): Promise<void>
}

export interface RunOptions {
  readonly workflowType: string
  readonly workflowId: string
  readonly runId: string
  readonly now: number
}

export interface Sandbox {
  readonly code: string
  /** A run that has not begun: its first activation must begin with the job that `beginning` makes. */
  open(options: RunOptions): Promise<Run>
  close(): Promise<void>
}

/** The job by which a run begins. */
export const beginning = ({ workflowType, workflowId, runId, now }: RunOptions, args: readonly unknown[]): Job => ({
  initializeWorkflow: {
    workflowType,
    workflowId,
    arguments: args.map(pack),
    startTime: msToTs(now),
    firstExecutionRunId: runId,
    attempt: 1,
  },
})

const WORKFLOWS = join(import.meta.dirname, '../../workflows/index.ts')
const SEED = [1, 2, 3, 4, 5, 6, 7, 8]
/** A time-out would cost a thread for each call into the sandbox. The SDK's type knows only numbers. */
const NO_TIMEOUT = undefined as unknown as number
const quiet = () => undefined
const SILENT = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet }

const infoOf = ({ workflowType, workflowId, runId, now }: RunOptions): WorkflowCreateOptions['info'] =>
  ({
    workflowId,
    runId,
    workflowType,
    searchAttributes: {},
    typedSearchAttributes: new TypedSearchAttributes(),
    taskQueue: 'test',
    namespace: 'default',
    firstExecutionRunId: runId,
    attempt: 1,
    historyLength: 3,
    historySize: 300,
    continueAsNewSuggested: false,
    startTime: new Date(now),
    runStartTime: new Date(now),
    taskTimeoutMs: 10_000,
    unsafe: { now: Date.now, isReplaying: false, isReplayingHistoryEvents: false },
  }) as unknown as WorkflowCreateOptions['info']

/** Bundles workflows, ours unless told, which takes about two seconds: once for a file of tests. */
export const openSandbox = async (
  activityNames: readonly string[],
  workflowsPath: string = WORKFLOWS,
): Promise<Sandbox> => {
  // Stack traces of every promise of the process would be kept for a query that nobody asks: it takes most of the time.
  globalHandlers.installed = true
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: SILENT })
  const creator = await ReusableVMWorkflowCreator.create(parseWorkflowCode(code), NO_TIMEOUT, new Set(activityNames))
  return {
    code,
    async open(options) {
      const { runId, now } = options
      const workflow = await creator.createWorkflow({
        info: infoOf(options),
        randomnessSeed: SEED,
        now,
        showStackTraceSources: false,
      })
      let activations = 0
      return {
        runId,
        async activate(at, jobs, { suggestContinueAsNew = false, historyLength, replaying } = {}) {
          activations += 1
          const completion = await workflow.activate(
            proto.coresdk.workflow_activation.WorkflowActivation.fromObject({
              runId,
              timestamp: msToTs(at),
              historyLength: historyLength ?? 3 + 3 * activations,
              continueAsNewSuggested: suggestContinueAsNew,
              ...(replaying ? { isReplaying: true, availableInternalFlags: [...replaying.flags] } : {}),
              jobs: [...jobs],
            }),
          )
          await workflow.getAndResetSinkCalls()
          if (completion.failed) throw new Error(`the workflow task failed: ${completion.failed.failure?.message}`)
          const { commands, usedInternalFlags } = completion.successful ?? {}
          return { commands: commands ?? [], flags: usedInternalFlags ?? [] }
        },
        dispose: () => workflow.dispose(),
      }
    },
    close: () => creator.destroy(),
  }
}
