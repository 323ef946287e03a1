import { ParentClosePolicy, startChild } from '@temporalio/workflow'
import { type BackupRef, type BackupView, backupWorkflowId } from '../src/domain/backup.ts'
import { chooseStep } from '../src/domain/course.ts'
import { label } from '../src/domain/details.ts'
import type { Diagnosis } from '../src/domain/diagnose.ts'
import type { ClusterRef } from '../src/domain/names.ts'
import type { Step } from '../src/domain/plan.ts'
import { describeProcedure, type Outcome, type Procedure, procedureId } from '../src/domain/procedure.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import type { BackupInput } from './backup.ts'
import type { ProcedureInput } from './procedure.ts'
import type { ClusterState } from './state.ts'

/** How long the workflow of a procedure is trusted to be there: somebody may have terminated it. */
export const TRUST_MS = 60_000
const BACKUP_TRUST_MS = 10 * 60_000
const FAILED_MS = 2_000

/** Starts a workflow, unless it runs already. */
const startOnce = async (start: () => Promise<unknown>): Promise<void> => {
  try {
    await start()
  } catch (error) {
    if (!(error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError')) throw error
  }
}
const FAILED_MAX_MS = 60_000

/** Begins a procedure in a workflow of its own, which outlives this run. One that runs already is left to. */
export const begin = async (ref: ClusterRef, state: ClusterState, procedure: Procedure): Promise<void> => {
  const workflowId = procedureId(ref, procedure)
  state.procedure = { id: workflowId, at: Date.now() }
  await startOnce(() =>
    startChild<(input: ProcedureInput) => Promise<Outcome>>(procedure.kind, {
      workflowId,
      args: [{ ref, procedure }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: label(`${ref.namespace}/${ref.name}: ${describeProcedure(procedure)}`),
    }),
  )
}

/** What is asked of a backup: one that was made may have to be verified, long after it ended. */
const askedOf = (ref: ClusterRef, backup: BackupView): string =>
  `${backupWorkflowId(ref, backup)}${backup.phase === 'Completed' ? '/verify' : ''}`

/** Begins a backup in a workflow of its own, which outlives this run. One that runs already is left to. */
export const beginBackup = async (
  ref: ClusterRef,
  state: ClusterState,
  backup: BackupRef,
  { backups = [] }: Snapshot,
): Promise<void> => {
  const id = backupWorkflowId(ref, backup)
  const view = backups.find(({ uid }) => uid === backup.uid)
  state.backup = { id: view ? askedOf(ref, view) : id, at: Date.now() }
  await startOnce(() =>
    startChild<(input: BackupInput) => Promise<unknown>>('backup', {
      workflowId: id,
      args: [{ ref, backup }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: label(`${ref.namespace}/${ref.name}: MySQLBackup ${backup.name}`),
    }),
  )
}

/** The snapshot that tells of the backup that somebody sees to; whether its workflow is still there is asked now and then. */
const withBackupAttended = (ref: ClusterRef, state: ClusterState, snapshot: Snapshot): Snapshot => {
  const [first, ...others] = snapshot.backups ?? []
  const isKnown = first && state.backup?.id === askedOf(ref, first) && Date.now() - state.backup.at < BACKUP_TRUST_MS
  return isKnown ? { ...snapshot, backups: [{ ...first, attended: true }, ...others] } : snapshot
}

/** Takes note that a procedure has ended; what failed by itself is not begun again at once. */
export const hearEnd = (state: ClusterState, id: string, outcome: Outcome['kind']): void => {
  const { ended = 0, failures = 0 } = state.procedures ?? {}
  const inRow = outcome === 'Failed' ? failures + 1 : 0
  const pause = inRow === 0 ? 0 : Math.min(FAILED_MAX_MS, FAILED_MS * 2 ** (inRow - 1))
  state.procedures = { ended: ended + 1, failures: inRow, notBefore: Date.now() + pause }
  if (state.procedure?.id === id) delete state.procedure
}

/**
 * The next step. A procedure that is on record and that nobody is known to carry out is taken up; one of our own choice
 * waits a while after another has failed.
 */
export const choose = (ref: ClusterRef, state: ClusterState, snapshot: Snapshot, diagnosis: Diagnosis): Step => {
  const step = chooseStep(withBackupAttended(ref, state, snapshot), diagnosis)
  const pause = (state.procedures?.notBefore ?? 0) - Date.now()
  if (step.kind === 'Run' && !step.procedure.operation && pause > 0)
    return {
      kind: 'Wait',
      why: `after a failure, before trying again to ${describeProcedure(step.procedure)}`,
      again: pause,
    }
  const record = snapshot.status?.procedure
  if (step.kind !== 'Wait' || !record) return step
  const { kind, subject, why, operation } = record
  const procedure = { kind, subject, why, ...(operation ? { operation } : {}) }
  const known = state.procedure?.id === procedureId(ref, procedure) && Date.now() - state.procedure.at < TRUST_MS
  return known ? step : { kind: 'Run', procedure }
}
