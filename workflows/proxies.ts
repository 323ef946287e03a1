import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow'
import type { ClusterActivities } from '../activities/index.ts'

/**
 * Looking and publishing: tried until they succeed. A failed try adds nothing to the history, and while the API server
 * is away there is nothing better to do.
 */
export const patient = proxyActivities<Pick<ClusterActivities, 'gather' | 'publish'>>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '15s' },
})

/** Steps that change something: a few tries, then the cluster is looked at again and the step may be another. */
export const steps = proxyActivities<
  Pick<
    ClusterActivities,
    'applyObjects' | 'bootstrap' | 'recordGroup' | 'join' | 'handOver' | 'verifyPrimary' | 'tryDeclared' | 'expireKept'
  >
>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 4 },
})

/**
 * The same for a procedure. When a person cancels it, the step that is under way is waited for: another procedure may begin
 * as soon as this one has ended.
 */
export const acts = proxyActivities<
  Pick<
    ClusterActivities,
    | 'bootstrap'
    | 'forceQuorum'
    | 'join'
    | 'handOver'
    | 'verifyPrimary'
    | 'considerRebuild'
    | 'leaveGroup'
    | 'considerRoll'
    | 'release'
    | 'renew'
    | 'considerGrowth'
    | 'enlarge'
    | 'watchGrowth'
    | 'takeOverVolumes'
    | 'considerScale'
    | 'dismiss'
    | 'resize'
    | 'dispose'
    | 'removePod'
  >
>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 4 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** Copying a member takes as long as its data are large; only one that is not heard of is tried anew. */
export const copying = proxyActivities<Pick<ClusterActivities, 'archiveLogs' | 'moveAside' | 'copyData'>>({
  startToCloseTimeout: '14 days',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s', maximumAttempts: 4 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

export const ending = proxyActivities<Pick<ClusterActivities, 'finalise'>>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '15s' },
})

/** What is written about procedures and requests: tried until it is written, or there is a reason against it. */
export const recorder = proxyActivities<
  Pick<
    ClusterActivities,
    | 'beginProcedure'
    | 'endProcedure'
    | 'noteMoves'
    | 'tellOperation'
    | 'forgetOperations'
    | 'endBackup'
    | 'endVerification'
    | 'endDiscard'
    | 'askScheduled'
    | 'retire'
    | 'endStray'
  >
>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '15s' },
})

/** A request of a person, who waits for the answer: long enough for an API server that restarts. */
export const asking = proxyActivities<Pick<ClusterActivities, 'ask'>>({
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout: '10 seconds',
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '5s' },
})

/** The making and removing of Jobs: long enough for an API server that restarts; what it refuses is told in the end. */
export const making = proxyActivities<
  Pick<
    ClusterActivities,
    | 'beginBackup'
    | 'removeBackupJob'
    | 'beginVerification'
    | 'removeVerifyJob'
    | 'beginDiscard'
    | 'beginRestore'
    | 'endRestore'
  >
>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '15s' },
})

/**
 * A Job takes as long as there are data. Whoever watches it can be replaced at any time, and when a person cancels it, nobody
 * waits for it: it ends as soon as the Job is removed.
 */
export const watching = proxyActivities<
  Pick<ClusterActivities, 'watchBackup' | 'watchVerification' | 'watchDiscard' | 'watchRestore' | 'awaitBackup'>
>({
  startToCloseTimeout: '14 days',
  heartbeatTimeout: '20 seconds',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '15s' },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
})
