import type { GroupRecord, MySQLClusterStatus } from '../../crds/mysqlcluster-status.ts'
import type { OperationPhase, RequestKind } from '../../crds/mysqloperation.ts'
import type { BackupView } from './backup.ts'
import type { ErrorCode } from './errors.ts'
import type { Loss } from './failover.ts'
import type { Kept } from './kept.ts'
import type { Move } from './moves.ts'
import type { OperationRef } from './procedure.ts'

/** MEMBER_STATE of performance_schema.replication_group_members. */
export const MEMBER_STATES = ['ONLINE', 'RECOVERING', 'OFFLINE', 'ERROR', 'UNREACHABLE'] as const
export type MemberState = (typeof MEMBER_STATES)[number]

/** One row of the group as a member sees it. */
export interface GroupRow {
  readonly pod: string
  readonly state: MemberState
  readonly role: 'PRIMARY' | 'SECONDARY' | ''
  readonly version: string
  /** Of the data that the member has. */
  readonly uuid?: string
}

/** The last clone whose result replaces (or was to replace) the data of a member. */
export interface CopyView {
  /** Incomplete: its own data were dropped, and those of the donor are not there as a whole. */
  readonly state: 'None' | 'UnderWay' | 'Incomplete' | 'Done'
  /** When it began, by the member's clock: epoch milliseconds. */
  readonly began?: number
}

/** What a member that answers says of itself and of its group. */
export interface MemberView {
  readonly pod: string
  readonly serverUuid: string
  readonly version: string
  /** As clients find it: read_only, which super_read_only implies. A primary that has just been elected is so for a moment. */
  readonly readOnly: boolean
  /** True once it has joined a group: it then rejoins by itself after a restart. */
  readonly startOnBoot: boolean
  readonly uptimeSeconds: number
  /** Executed and received: what this member holds, applied or not. */
  readonly holds: string
  readonly purged: string
  /** Transactions of the group that it has received and not applied. Absent where it is in no group. */
  readonly queue?: number
  /** Absent where the clone plugin is not loaded. */
  readonly copy?: CopyView
  /** Processor and system, which a copy cannot change. */
  readonly platform?: string
  /** What its last start was asked to do with the data and has done: the value of the annotation example.com/rebuild. */
  readonly archived?: string
  /** Something that it had to write waits for space on its volume, or was refused for want of it lately. */
  readonly lacksSpace?: true
  /** `<incarnation>:<counter>`; empty while it is in no group. */
  readonly viewId: string
  readonly rows: readonly GroupRow[]
}

/** Why a pod does not run, in the words of the scheduler, kubelet or the container itself. One line each. */
export type PodTrouble =
  | {
      readonly kind: 'Unscheduled'
      readonly since: number
      readonly message: string
      /** The scheduler waits for its claim to be bound; older snapshots did not say so. */
      readonly forVolume?: true
    }
  /** A container cannot be started. */
  | { readonly kind: 'Waiting'; readonly reason: string; readonly message: string }
  /** A container ended, and does not serve again yet. `said`: the line of its log that tells why. */
  | {
      readonly kind: 'Ended'
      readonly code: number
      readonly reason: string
      readonly said: string
      readonly restarts?: number
      /** Its mysqld is older than the one that wrote its data; older snapshots did not say so. */
      readonly isOlder?: true
    }

/** The node of a pod. `Denied`: the operator may not read it. `since`: epoch milliseconds. */
export interface NodeView {
  readonly name: string
  readonly state: 'Ready' | 'NotReady' | 'Gone' | 'Denied'
  readonly since?: number
}

/** A pod of the cluster, from the API server. */
export interface PodView {
  readonly name: string
  readonly uid: string
  readonly ordinal: number
  readonly ip?: string
  readonly ready: boolean
  readonly deleting: boolean
  /** When its grace period ends, once it is being deleted; epoch milliseconds. */
  readonly endsBy?: number
  readonly nodeName?: string
  /** Only where its member does not answer. */
  readonly node?: NodeView
  /** It lost the labels by which Services and the StatefulSet know it. */
  readonly unlabelled?: true
  /** A start of its mysqld finds the annotation example.com/rebuild; pods of an older operator do not. */
  readonly hears?: true
  /** What the observer has found that its member holds and the group does not. */
  readonly errant?: string
  /** What it was made from, as a digest; pods of an older operator do not say. */
  readonly made?: string
  /** The image of mysqld. */
  readonly image?: string
  readonly trouble?: PodTrouble
  /** All that it had to do is done; pods of members never are. */
  readonly succeeded?: true
}

/** Whether members can be made as declared, found out by a pod of its own before any of them is touched. */
export type TrialView =
  | { readonly kind: 'None' }
  | { readonly kind: 'UnderWay'; readonly pod: PodView }
  /** `made`: what members are made from then, as a digest. `version`: of the MySQL in their image; older trials did not say so. */
  | { readonly kind: 'Passed'; readonly made: string; readonly version?: string }

export interface ClaimView {
  readonly name: string
  readonly ordinal: number
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly phase: string
  /** The class that it asks for. */
  readonly storageClass?: string
  /** What rebuilds have kept on its volume. */
  readonly kept?: readonly Kept[]
  /** Quantities: what it asks for, and what the file system on it has. Older snapshots did not say so. */
  readonly asks?: string
  readonly has?: string
  /** Its volume has grown, and the file system on it has not yet. */
  readonly resizes?: true
  /** How far it has come to fail to grow, in the word of Kubernetes. */
  readonly fails?: string
}

/** A MySQLOperation of the cluster that has not ended. */
export interface OperationView {
  readonly name: string
  readonly uid: string
  readonly request: RequestKind
  /** The pod that it names, when it names one. */
  readonly pod?: string
  /** Of a failover: transactions may be lost without their being shown first. */
  readonly acceptLoss?: boolean
  readonly approved?: boolean
  /** Grows with each change of what is asked. */
  readonly generation?: number
  /** What a failover was shown to lose, and the generation of the request then: an approval counts when it came later. */
  readonly shown?: Loss & { readonly generation: number }
  /** Why the request that it was made of cannot be understood. */
  readonly refused?: string
  readonly phase?: OperationPhase
  readonly message?: string
}

/** How large volumes are declared and were made; quantities. `template`: of those that the StatefulSet makes. */
export interface VolumesView {
  readonly made: string
  readonly declared: string
  readonly template: string
  /** What the API server would say to a claim that asks for as much. */
  readonly refused?: { readonly reason: ErrorCode; readonly why: string }
}

/** Everything that a decision about one cluster rests on, gathered at one time. Plain JSON: it travels through Temporal. */
export interface Snapshot {
  /** Epoch milliseconds. */
  readonly takenAt: number
  readonly generation: number
  readonly createdAt: number
  readonly size: number
  /** The size that is declared, where it is another one than the members were made for. */
  readonly wanted?: number
  /** Fields of the spec that members are made from, and that are declared otherwise by now. */
  readonly pending?: readonly string[]
  /** How the trial of what is declared otherwise goes. Older snapshots did not say so: it is not tried then. */
  readonly trial?: TrialView
  /** What pods that are made now are made from, as a digest. */
  readonly template?: string
  readonly paused: boolean
  readonly deleting: boolean
  readonly group?: GroupRecord
  /** The names of the group: what carries one of them was made by it. Older snapshots did not say so. */
  readonly names?: readonly string[]
  readonly status?: MySQLClusterStatus
  readonly objects: ObjectsView
  readonly pods: readonly PodView[]
  readonly claims: readonly ClaimView[]
  /** How long that is kept; only where there is any. */
  readonly keepMs?: number
  /** Once a group has formed. Older snapshots did not say so. */
  readonly volumes?: VolumesView
  /** The first member was given the data of a backup: it is no cluster without data, though no group has formed. */
  readonly restored?: true
  /** Members that answered; the pods missing here are silent. */
  readonly members: readonly MemberView[]
  /** The pod that the write Service selects. */
  readonly writes?: string
  /** The nodes refuse connections to the write Service: they do not know yet where it leads. Not looked at once Ready is told. */
  readonly refused?: true
  /** The last changes of that pod, newest first, as the observer recorded them. */
  readonly moves?: readonly Move[]
  /** What is asked of the cluster, oldest first. */
  readonly operations?: readonly OperationView[]
  /** Backups of the cluster that have not ended, oldest first. */
  readonly backups?: readonly BackupView[]
  /** MySQLOperations of the cluster that have ended and were kept for as long as they declare. */
  readonly expired?: readonly OperationRef[]
}

/** How far the objects of the cluster are what its MySQLCluster declares. */
export type ObjectsView =
  | { readonly kind: 'Absent' }
  /** What the cluster is to be made from has not been brought to the volume of the first member. */
  | { readonly kind: 'Unrestored' }
  | { readonly kind: 'Present'; readonly replicas: number }
  /** A change was declared that this version cannot make on a living cluster; the objects stay as they were. */
  | { readonly kind: 'ChangeUnsupported'; readonly replicas: number; readonly fields: readonly string[] }
  /** The declaration cannot be carried out at all; nothing was changed. */
  | { readonly kind: 'Refused'; readonly replicas: number; readonly reason: string; readonly message: string }
