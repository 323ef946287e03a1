import * as z from 'zod'

/** The conditions of a MySQLCluster. Ready: writes are served. Healthy: all is as declared. AwaitingApproval: a person has to decide. */
export const CONDITION_TYPES = ['Ready', 'Healthy', 'Progressing', 'Paused', 'AwaitingApproval'] as const
/** Set apart from the others, by whoever knows of backups: there only where schedules are declared. */
export const BACKUP_HEALTHY = 'BackupHealthy'
/** Whether any point up to a moment ago can be restored: there only where the binary log is archived. */
export const ARCHIVE_HEALTHY = 'ArchiveHealthy'
export type ConditionType = (typeof CONDITION_TYPES)[number]

/** `metav1.Condition`; `lastTransitionTime` changes only when `status` does. */
export const ConditionSchema = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(1024),
  message: z.string().max(32768),
  lastTransitionTime: z.iso.datetime(),
  observedGeneration: z.int().min(0).optional(),
})
export type Condition = z.output<typeof ConditionSchema>
