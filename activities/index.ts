import { ApplicationFailure } from '@temporalio/common'
import type { OperationPhase } from '../crds/mysqloperation.ts'
import type { BackupRef } from '../src/domain/backup.ts'
import { OperatorError } from '../src/domain/errors.ts'
import type { Loss } from '../src/domain/failover.ts'
import type { GrowthVerdict } from '../src/domain/growth.ts'
import type { ClusterRef, ObjectRef } from '../src/domain/names.ts'
import type { OperationRef, Outcome, Procedure } from '../src/domain/procedure.ts'
import type { RebuildVerdict } from '../src/domain/rebuild.ts'
import type { Request } from '../src/domain/request.ts'
import type { RollVerdict } from '../src/domain/roll.ts'
import type { ScaleVerdict } from '../src/domain/scale.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import type { Report } from '../src/domain/status.ts'
import {
  type Attempt,
  type BackupOutcome,
  type Begun,
  beginBackup,
  type Ended,
  endBackup,
  removeBackupJob,
  watchBackup,
} from './backup.ts'
import { alive } from './beating.ts'
import { beginDiscard, type DiscardOutcome, endDiscard, watchDiscard } from './discard.ts'
import { type ExpiryOutcome, expireKept } from './expiry.ts'
import { finalise } from './finalise.ts'
import { gather } from './gather.ts'
import { bootstrap, join, recordGroup } from './group.ts'
import { considerGrowth, enlarge, takeOverVolumes, watchGrowth } from './growth.ts'
import { noteMoves } from './moves.ts'
import { removePod } from './node-trouble.ts'
import { type Applied, applyObjects } from './objects.ts'
import { forgetOperations, tellOperation } from './operations.ts'
import type { Ports } from './ports.ts'
import { beginProcedure, endProcedure } from './procedures.ts'
import { publish } from './publish.ts'
import { forceQuorum } from './quorum.ts'
import { archiveLogs, considerRebuild, copyData, leaveGroup, moveAside, type Rebuild } from './rebuild.ts'
import { ask } from './requests.ts'
import { beginRestore, endRestore, type RestoreOutcome, watchRestore } from './restore.ts'
import { considerRoll, release, renew } from './roll.ts'
import { considerScale, dismiss, dispose, resize } from './scale.ts'
import { askScheduled, awaitBackup, retire, type ScheduledAsk } from './schedules.ts'
import { endStray } from './strays.ts'
import { handOver, verifyPrimary } from './switchover.ts'
import { tryDeclared } from './trial.ts'
import {
  beginVerification,
  endVerification,
  removeVerifyJob,
  type VerificationBegun,
  type VerificationOutcome,
  watchVerification,
} from './verify.ts'

/** The activities of a cluster's workflow. Each looks, acts and verifies: it may run twice, or die half-way and run again. */
export interface ClusterActivities {
  gather(ref: ClusterRef): Promise<Snapshot | null>
  applyObjects(ref: ClusterRef): Promise<Applied>
  bootstrap(ref: ClusterRef, seed: string, approval?: OperationRef): Promise<{ incarnation: string }>
  forceQuorum(ref: ClusterRef, seed: string): Promise<{ living: string[] }>
  recordGroup(ref: ClusterRef, seed: string): Promise<{ incarnation: string }>
  join(ref: ClusterRef, pod: string): Promise<{ state: string }>
  publish(ref: ClusterRef, report: Report): Promise<void>
  finalise(ref: ClusterRef): Promise<void>
  beginProcedure(ref: ClusterRef, procedure: Procedure): Promise<boolean>
  endProcedure(ref: ClusterRef, procedure: Procedure, outcome: Outcome): Promise<void>
  noteMoves(ref: ClusterRef): Promise<void>
  expireKept(ref: ClusterRef, pod: string): Promise<ExpiryOutcome>
  forgetOperations(ref: ClusterRef, operations: readonly OperationRef[]): Promise<void>
  tellOperation(
    ref: ClusterRef,
    operation: OperationRef,
    phase: OperationPhase,
    message: string,
    loss?: Loss,
  ): Promise<void>
  endStray(operation: ObjectRef): Promise<{ left?: number }>
  ask(ref: ClusterRef, request: Request, otherwise: 'OrRefuse' | 'OrFail'): Promise<void>
  considerRebuild(ref: ClusterRef, rebuild: Rebuild): Promise<RebuildVerdict>
  leaveGroup(ref: ClusterRef, rebuild: Rebuild): Promise<void>
  archiveLogs(ref: ClusterRef, rebuild: Rebuild): Promise<{ id?: string }>
  moveAside(ref: ClusterRef, rebuild: Rebuild): Promise<void>
  copyData(ref: ClusterRef, rebuild: Rebuild): Promise<{ donor?: string }>
  considerRoll(ref: ClusterRef): Promise<RollVerdict>
  tryDeclared(ref: ClusterRef): Promise<void>
  release(ref: ClusterRef): Promise<void>
  renew(ref: ClusterRef, pod: string, uid: string): Promise<void>
  considerGrowth(ref: ClusterRef): Promise<GrowthVerdict>
  enlarge(ref: ClusterRef): Promise<void>
  watchGrowth(ref: ClusterRef): Promise<void>
  takeOverVolumes(ref: ClusterRef): Promise<void>
  considerScale(ref: ClusterRef): Promise<ScaleVerdict>
  dismiss(ref: ClusterRef, pod: string): Promise<void>
  resize(ref: ClusterRef, pod: string, size: number): Promise<void>
  dispose(ref: ClusterRef, pod: string, isHeld: boolean): Promise<{ volume: 'kept' | 'removed' }>
  beginBackup(ref: ClusterRef, attempt: Attempt): Promise<Begun>
  watchBackup(ref: ClusterRef, attempt: Attempt): Promise<BackupOutcome>
  removeBackupJob(ref: ClusterRef, attempt: Attempt): Promise<void>
  endBackup(ref: ClusterRef, backup: BackupRef, outcome: BackupOutcome): Promise<Ended>
  beginVerification(ref: ClusterRef, attempt: Attempt): Promise<VerificationBegun>
  watchVerification(ref: ClusterRef, attempt: Attempt): Promise<VerificationOutcome>
  removeVerifyJob(ref: ClusterRef, attempt: Attempt): Promise<void>
  endVerification(ref: ClusterRef, backup: BackupRef, outcome: VerificationOutcome): Promise<void>
  beginDiscard(backup: ObjectRef): Promise<DiscardOutcome>
  watchDiscard(backup: ObjectRef): Promise<DiscardOutcome>
  endDiscard(backup: ObjectRef, number: number, outcome: DiscardOutcome): Promise<{ again: boolean }>
  askScheduled(ref: ClusterRef, schedule: string, backup: string): Promise<ScheduledAsk>
  awaitBackup(ref: ClusterRef, backup: BackupRef): Promise<{ phase: string }>
  retire(ref: ClusterRef, schedule: string): Promise<{ deleted: string[] }>
  beginRestore(ref: ClusterRef): Promise<RestoreOutcome>
  watchRestore(ref: ClusterRef): Promise<RestoreOutcome>
  endRestore(ref: ClusterRef, outcome: RestoreOutcome): Promise<void>
  removePod(ref: ClusterRef, pod: string): Promise<{ node?: string }>
  handOver(ref: ClusterRef, to: string): Promise<{ from: string }>
  verifyPrimary(ref: ClusterRef, to: string): Promise<{ unfinished: string[] }>
}

/** The failure by which Temporal decides on a retry: its type is the code of our table of errors. */
const toFailure = (error: unknown): unknown =>
  error instanceof OperatorError
    ? ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: !error.retryable })
    : error

const failing = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw toFailure(error)
  }
}

/** The activities on the given ports. `ports` is asked anew for each call, so that a heartbeat reaches the right one. */
export const createActivities = (ports: () => Ports): ClusterActivities => {
  /** One that takes a moment. */
  const answering = <T>(work: (at: Ports) => Promise<T>): Promise<T> => failing(alive(ports(), work))
  return {
    gather: async (ref) => (await answering((at) => gather(at, ref))) ?? null,
    applyObjects: (ref) => failing(applyObjects(ports(), ref)),
    expireKept: (ref, pod) => failing(expireKept(ports(), ref, pod)),
    bootstrap: (ref, seed, approval) => failing(bootstrap(ports(), ref, seed, approval)),
    forceQuorum: (ref, seed) => failing(forceQuorum(ports(), ref, seed)),
    recordGroup: (ref, seed) => failing(recordGroup(ports(), ref, seed)),
    join: (ref, pod) => failing(join(ports(), ref, pod)),
    publish: (ref, report) => answering((at) => publish(at, ref, report)),
    finalise: (ref) => failing(finalise(ports(), ref)),
    beginProcedure: (ref, procedure) => answering((at) => beginProcedure(at, ref, procedure)),
    endProcedure: (ref, procedure, outcome) => answering((at) => endProcedure(at, ref, procedure, outcome)),
    noteMoves: (ref) => answering((at) => noteMoves(at, ref)),
    forgetOperations: (ref, operations) => answering((at) => forgetOperations(at, ref, operations)),
    tellOperation: (ref, operation, phase, message, loss) =>
      answering((at) => tellOperation(at, ref, operation, { phase, message, ...(loss ? { loss } : {}) })),
    endStray: (operation) => answering((at) => endStray(at, operation)),
    ask: (ref, request, otherwise) => answering((at) => ask(at, ref, request, otherwise)),
    considerRebuild: (ref, rebuild) => failing(considerRebuild(ports(), ref, rebuild)),
    leaveGroup: (ref, rebuild) => failing(leaveGroup(ports(), ref, rebuild)),
    archiveLogs: (ref, rebuild) => failing(archiveLogs(ports(), ref, rebuild)),
    moveAside: (ref, rebuild) => failing(moveAside(ports(), ref, rebuild)),
    copyData: (ref, rebuild) => failing(copyData(ports(), ref, rebuild)),
    considerRoll: (ref) => failing(considerRoll(ports(), ref)),
    tryDeclared: (ref) => failing(tryDeclared(ports(), ref)),
    release: (ref) => failing(release(ports(), ref)),
    renew: (ref, pod, uid) => failing(renew(ports(), ref, pod, uid)),
    considerGrowth: (ref) => failing(considerGrowth(ports(), ref)),
    enlarge: (ref) => failing(enlarge(ports(), ref)),
    watchGrowth: (ref) => failing(watchGrowth(ports(), ref)),
    takeOverVolumes: (ref) => failing(takeOverVolumes(ports(), ref)),
    considerScale: (ref) => failing(considerScale(ports(), ref)),
    dismiss: (ref, pod) => failing(dismiss(ports(), ref, pod)),
    resize: (ref, pod, size) => failing(resize(ports(), ref, pod, size)),
    dispose: (ref, pod, isHeld) => failing(dispose(ports(), ref, pod, isHeld)),
    beginBackup: (ref, attempt) => answering((at) => beginBackup(at, ref, attempt)),
    watchBackup: (ref, attempt) => failing(watchBackup(ports(), ref, attempt)),
    removeBackupJob: (ref, attempt) => answering((at) => removeBackupJob(at, ref, attempt)),
    endBackup: (ref, backup, outcome) => answering((at) => endBackup(at, ref, backup, outcome)),
    beginVerification: (ref, attempt) => answering((at) => beginVerification(at, ref, attempt)),
    watchVerification: (ref, attempt) => failing(watchVerification(ports(), ref, attempt)),
    removeVerifyJob: (ref, attempt) => answering((at) => removeVerifyJob(at, ref, attempt)),
    endVerification: (ref, backup, outcome) => answering((at) => endVerification(at, ref, backup, outcome)),
    beginDiscard: (backup) => answering((at) => beginDiscard(at, backup)),
    watchDiscard: (backup) => failing(watchDiscard(ports(), backup)),
    endDiscard: (backup, number, outcome) => answering((at) => endDiscard(at, backup, number, outcome)),
    askScheduled: (ref, schedule, backup) => answering((at) => askScheduled(at, ref, schedule, backup)),
    awaitBackup: (ref, backup) => failing(awaitBackup(ports(), ref, backup)),
    retire: (ref, schedule) => answering((at) => retire(at, ref, schedule)),
    beginRestore: (ref) => answering((at) => beginRestore(at, ref)),
    watchRestore: (ref) => failing(watchRestore(ports(), ref)),
    endRestore: (ref, outcome) => answering((at) => endRestore(at, ref, outcome)),
    removePod: (ref, pod) => failing(removePod(ports(), ref, pod)),
    handOver: (ref, to) => failing(handOver(ports(), ref, to)),
    verifyPrimary: (ref, to) => failing(verifyPrimary(ports(), ref, to)),
  }
}
