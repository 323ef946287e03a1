import {
  ActivityFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
} from '@temporalio/workflow'
import { label } from '../src/domain/details.ts'
import { type ClusterRef, workflowId } from '../src/domain/names.ts'
import { describeProcedure, type Outcome, type Procedure, procedureId } from '../src/domain/procedure.ts'
import { procedureEnded } from './messages.ts'
import { recorder } from './proxies.ts'

export interface ProcedureInput {
  readonly ref: ClusterRef
  readonly procedure: Procedure
}

/** Says in the Temporal UI what the procedure is doing; what it returns labels the step that does it. */
export type Say = (doing: string) => { readonly summary: string }

const outcomeOf = (error: unknown): Outcome => {
  if (isCancellation(error))
    return { kind: 'Failed', message: 'Cancelled by a person; a step that was under way has been finished.' }
  if (!(error instanceof ActivityFailure)) throw error
  return { kind: 'Failed', message: error.cause?.message ?? error.message }
}

const details = ({ ref, procedure }: ProcedureInput, rest: string): void =>
  setCurrentDetails(
    [
      `### ${ref.namespace}/${ref.name}: ${procedure.kind}`,
      '',
      describeProcedure(procedure),
      '',
      `**Why:** ${procedure.why}`,
      '',
      rest,
    ].join('\n'),
  )

/**
 * The frame of every procedure: it goes on record, `work` does it, and its outcome goes into the timeline, the
 * MySQLOperation that asked for it and an event; then the cluster's workflow is told. Cancelled or failed, it ends the same way.
 */
export const runProcedure = async (input: ProcedureInput, work: (say: Say) => Promise<Outcome>): Promise<Outcome> => {
  const { ref, procedure } = input
  const say: Say = (doing) => {
    details(input, `**Now:** ${doing}`)
    return { summary: label(doing) }
  }
  const goOnRecord = say('go on record')
  let outcome: Outcome = { kind: 'Succeeded', message: 'There was nothing to do any more.' }
  try {
    // Whoever cancels it just now must not leave a record behind.
    const isOn = await CancellationScope.nonCancellable(() =>
      recorder.beginProcedure.executeWithOptions(goOnRecord, [ref, procedure]),
    )
    if (isOn) {
      try {
        outcome = await work(say)
      } catch (error) {
        outcome = outcomeOf(error)
      }
      const summary = `note how it ended: ${outcome.kind}`
      await CancellationScope.nonCancellable(() =>
        recorder.endProcedure.executeWithOptions({ summary }, [ref, procedure, outcome]),
      )
    }
  } catch (error) {
    // Another procedure is under way: the cluster's workflow decides anew once that has ended.
    outcome = outcomeOf(error)
  }
  details(input, `**${outcome.kind}:** ${outcome.message}`)
  await CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(workflowId(ref)).signal(procedureEnded, procedureId(ref, procedure), outcome.kind)
    } catch {
      // It is over, with its cluster, or was ended by somebody; whoever comes after it reads the record.
    }
  })
  return outcome
}
