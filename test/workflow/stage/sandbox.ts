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
import { coresdk } from '@temporalio/proto'
import { bundleWorkflowCode } from '@temporalio/worker'
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js'
import type { WorkflowCreateOptions } from '@temporalio/worker/lib/workflow/interface.js'
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js'

export type Job = coresdk.workflow_activation.IWorkflowActivationJob
export type Command = coresdk.workflow_commands.IWorkflowCommand

export const pack = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)
export const unpack = <T>(payload: unknown): T => defaultPayloadConverter.fromPayload<T>(payload as Payload)
export const packFailure = (error: unknown) => defaultFailureConverter.errorToFailure(error, defaultPayloadConverter)

export interface Run {
  readonly runId: string
  /** Carries the workflow one activation further. Throws what fails the workflow task. */
  activate(
    now: number,
    jobs: readonly Job[],
    more?: { readonly suggestContinueAsNew?: boolean },
  ): Promise<readonly Command[]>
  dispose(): Promise<void>
}

export interface Sandbox {
  readonly code: string
  start(
    workflowType: string,
    workflowId: string,
    runId: string,
    now: number,
    input: unknown,
  ): Promise<{ run: Run; commands: readonly Command[] }>
  close(): Promise<void>
}

const WORKFLOWS = join(import.meta.dirname, '../../../workflows/index.ts')
const SEED = [1, 2, 3, 4, 5, 6, 7, 8]
const quiet = () => undefined
const SILENT = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet }

const infoOf = (workflowType: string, workflowId: string, runId: string, now: number): WorkflowCreateOptions['info'] =>
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

/** Bundles the workflows, which takes about two seconds: once for a file of tests. */
export const openSandbox = async (activityNames: readonly string[]): Promise<Sandbox> => {
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: SILENT })
  const creator = await ReusableVMWorkflowCreator.create(parseWorkflowCode(code), 5_000, new Set(activityNames))
  return {
    code,
    async start(workflowType, workflowId, runId, now, input) {
      const info = infoOf(workflowType, workflowId, runId, now)
      const workflow = await creator.createWorkflow({ info, randomnessSeed: SEED, now, showStackTraceSources: false })
      let historyLength = 3
      const run: Run = {
        runId,
        async activate(at, jobs, { suggestContinueAsNew = false } = {}) {
          historyLength += 3
          const completion = await workflow.activate(
            coresdk.workflow_activation.WorkflowActivation.fromObject({
              runId,
              timestamp: msToTs(at),
              historyLength,
              continueAsNewSuggested: suggestContinueAsNew,
              jobs: [...jobs],
            }),
          )
          await workflow.getAndResetSinkCalls()
          if (completion.failed) throw new Error(`the workflow task failed: ${completion.failed.failure?.message}`)
          return completion.successful?.commands ?? []
        },
        dispose: () => workflow.dispose(),
      }
      const first: Job = {
        initializeWorkflow: {
          workflowType,
          workflowId,
          arguments: [pack(input)],
          startTime: msToTs(now),
          firstExecutionRunId: runId,
          attempt: 1,
        },
      }
      return { run, commands: await run.activate(now, [first]) }
    },
    close: () => creator.destroy(),
  }
}
