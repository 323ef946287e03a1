import * as z from 'zod'
import { ConditionSchema } from './condition.ts'
import { TIMELINE_LENGTH } from './mysqlcluster-names.ts'

export const PHASES = [
  'Creating',
  'Restoring',
  'Healthy',
  'Degraded',
  'NoQuorum',
  'Offline',
  'Diverged',
  'Blocked',
  'Changing',
  'Deleting',
] as const
export type Phase = (typeof PHASES)[number]

export const MemberStatusSchema = z.object({
  name: z.string().max(63).describe('Name of the pod.'),
  state: z.string().max(32).describe('MEMBER_STATE in the group; Unreachable, Starting or Missing when it has none.'),
  role: z.enum(['primary', 'replica', 'none']),
  version: z.string().max(64).optional(),
})
export type MemberStatus = z.output<typeof MemberStatusSchema>

/**
 * The bootstrap that this cluster's group grew from. `incarnation` (the first half of VIEW_ID) is absent
 * between the decision to bootstrap `seed` and its success; nobody trusts a group that is not recorded here.
 */
export const GroupRecordSchema = z.object({
  seed: z.string().max(63),
  incarnation: z.string().max(64).optional(),
  bootstraps: z.int32().min(1),
  name: z.string().max(36).optional().describe('Name of the group when a person had it made anew; else it is the uid.'),
})
export type GroupRecord = z.output<typeof GroupRecordSchema>

/** The procedures by which a cluster is changed or repaired: each is a workflow of its own. */
export const PROCEDURES = [
  'restore',
  'rejoin',
  'rebuild',
  'recoverOutage',
  'restoreQuorum',
  'removePod',
  'switchover',
  'failover',
  'scaleOut',
  'scaleIn',
  'renewMember',
  'growVolumes',
] as const
export type ProcedureKind = (typeof PROCEDURES)[number]

/** The procedure that is under way. There is at most one: whoever begins another one loses the compare-and-set. */
export const ProcedureRecordSchema = z.object({
  id: z.string().max(512).describe('Id of its Temporal workflow.'),
  kind: z.enum(PROCEDURES),
  subject: z.string().max(63).describe('The pod that it is about.'),
  why: z.string().max(1024),
  operation: z.object({ name: z.string().max(253), uid: z.string().max(64) }).optional(),
  since: z.iso.datetime(),
})
export type ProcedureRecord = z.output<typeof ProcedureRecordSchema>

/** Something that happened to the cluster, by itself or as it was asked for. */
export const TimelineEntrySchema = z.object({
  at: z.iso.datetime().describe('When it began.'),
  what: z.string().max(64),
  subject: z.string().max(63).optional(),
  why: z.string().max(1024),
  outcome: z.enum(['Succeeded', 'Failed']),
  message: z.string().max(2048),
  seconds: z.number().min(0),
})
export type TimelineEntry = z.output<typeof TimelineEntrySchema>

/** How the data came to a cluster that was made from a backup: absent until they are there, or are known not to come. */
export const RestoreRecordSchema = z.object({
  finishedAt: z.iso.datetime().optional(),
  version: z.string().max(64).optional().describe('Of the MySQL that the data are of.'),
  bytes: z.int().min(0).optional(),
  gtids: z.string().max(32768).optional().describe('The transactions that were restored.'),
  refused: z
    .object({ code: z.string().max(64), message: z.string().max(2048) })
    .optional()
    .describe('Why it cannot be restored.'),
})
export type RestoreRecord = z.output<typeof RestoreRecordSchema>

/** What is known of the last backups: one that has ended, one that is good, and one that was restored to prove it. */
const LastBackups = {
  lastBackup: z
    .object({
      name: z.string().max(253),
      phase: z.enum(['Completed', 'Failed']),
      finishedAt: z.iso.datetime(),
      schedule: z.string().max(24).optional(),
    })
    .optional(),
  lastGoodBackup: z.object({ name: z.string().max(253), startedAt: z.iso.datetime() }).optional(),
  lastVerifiedBackup: z.object({ name: z.string().max(253), startedAt: z.iso.datetime() }).optional(),
}

/** A Temporal Schedule as it was made last. */
const ScheduleRecordSchema = z.object({
  name: z.string().max(24),
  declared: z.string().max(64).optional().describe('Digest of what it was made from.'),
  found: z.string().max(64).optional().describe('Digest of it as Temporal told it then.'),
  dueAt: z.iso.datetime().optional().describe('When a backup is due that there is none of yet.'),
  refused: z.string().max(1024).optional().describe('Why Temporal does not take it.'),
})
export type ScheduleRecord = z.output<typeof ScheduleRecordSchema>

/** The archive of the binary log, as it was seen last. */
const ArchiveRecordSchema = z.object({
  store: z.string().max(63),
  path: z.string().max(1024),
  seenAt: z.iso.datetime().optional(),
  through: z.iso.datetime().optional().describe('What was committed by then is in the archive.'),
  source: z.string().max(300).optional().describe('The member whose log is read.'),
  trouble: z
    .object({ code: z.string().max(64), message: z.string().max(1024) })
    .optional()
    .describe('Why it does not get on.'),
  gap: z
    .string()
    .max(4096)
    .optional()
    .describe('Transactions that are neither in the archive nor in the newest good backup.'),
})
export type ArchiveRecord = z.output<typeof ArchiveRecordSchema>

/** What the operator reports. Every field may be absent: a fresh object has no status at all. */
export const MySQLClusterStatusSchema = z.object({
  observedGeneration: z.int().min(0).optional(),
  phase: z.enum(PHASES).optional(),
  message: z.string().max(4096).optional().describe('A sentence on which a person can act.'),
  replicas: z.int32().min(0).optional().describe('Pods that exist.'),
  availableReplicas: z.int32().min(0).optional().describe('Members ONLINE in the group.'),
  selector: z.string().max(512).optional(),
  primary: z.string().max(63).optional(),
  version: z.string().max(64).optional(),
  storage: z.object({ size: z.string().max(32).describe('Of the volume of every member.') }).optional(),
  members: z
    .array(MemberStatusSchema)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .optional(),
  endpoints: z
    .object({ primary: z.string().max(300), replicas: z.string().max(300), any: z.string().max(300) })
    .optional(),
  group: GroupRecordSchema.optional(),
  restore: RestoreRecordSchema.optional(),
  ...LastBackups,
  archive: ArchiveRecordSchema.optional(),
  schedules: z.array(ScheduleRecordSchema).max(16).optional().describe('The schedules of backups.'),
  procedure: ProcedureRecordSchema.optional(),
  timeline: z.array(TimelineEntrySchema).max(TIMELINE_LENGTH).optional().describe('What happened last, newest first.'),
  workflow: z.object({ id: z.string().max(512), runId: z.string().max(64) }).optional(),
  conditions: z
    .array(ConditionSchema)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional(),
})
export type MySQLClusterStatus = z.output<typeof MySQLClusterStatusSchema>
