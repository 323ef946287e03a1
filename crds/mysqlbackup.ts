import * as z from 'zod'
import { LocationSchema } from './backup-store.ts'
import { ConditionSchema } from './condition.ts'
import { API_VERSION } from './group.ts'
import { BACKUP_KIND } from './mysqlbackup-names.ts'

export { BACKUP_FINALIZER, BACKUP_KIND, BACKUP_PLURAL } from './mysqlbackup-names.ts'

export const BACKUP_METHODS = ['clone'] as const

export const MySQLBackupSpecSchema = z.strictObject({
  clusterName: z.string().min(1).max(40).describe('The MySQLCluster, in the same namespace.'),
  store: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe('Name of one of the stores in spec.backup.stores of the cluster; the first when absent.'),
  method: z
    .enum(BACKUP_METHODS)
    .default('clone')
    .describe('clone: a physical copy of a member, taken without locking anybody.'),
  verify: z
    .boolean()
    .default(false)
    .describe('Restore it to a server of its own once it is made, and compare. May be set later, too.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of what is in the store when the MySQLBackup is deleted. May be changed.'),
})
export type MySQLBackupSpec = z.output<typeof MySQLBackupSpecSchema>

export const BACKUP_PHASES = ['Pending', 'Running', 'Completed', 'Failed'] as const
export type BackupPhase = (typeof BACKUP_PHASES)[number]

export const MySQLBackupStatusSchema = z.object({
  phase: z.enum(BACKUP_PHASES).optional(),
  message: z
    .string()
    .max(4096)
    .optional()
    .describe('What is going on, or how it ended: a sentence on which a person can act.'),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  workflow: z
    .object({ id: z.string().max(512) })
    .optional()
    .describe('The Temporal workflow that carries it out.'),
  donor: z.string().max(63).optional().describe('The pod that was copied.'),
  location: LocationSchema.optional().describe('The store, as it was declared when the backup was begun.'),
  path: z.string().max(1024).optional().describe('Where in the store it is: manifest.json and the parts.'),
  version: z.string().max(64).optional().describe('Of the MySQL that the data are of.'),
  gtids: z
    .string()
    .max(32768)
    .optional()
    .describe('The transactions that it contains; absent when there is no room for them here.'),
  bytes: z.int().min(0).optional().describe('Of the data.'),
  storedBytes: z.int().min(0).optional().describe('Of what is in the store.'),
  parts: z.int().min(0).optional(),
  verification: z
    .object({
      startedAt: z.iso.datetime(),
      finishedAt: z.iso.datetime().optional(),
      tablesChecked: z.int().min(0).optional().describe('Tables that CHECK TABLE found nothing wrong with.'),
      tablesCompared: z.int().min(0).optional().describe('Tables of which rows were compared with the manifest.'),
      rowsCompared: z.int().min(0).optional(),
    })
    .optional()
    .describe('The last time that it was restored to be looked at.'),
  conditions: z
    .array(ConditionSchema)
    .max(8)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .optional(),
})
export type MySQLBackupStatus = z.output<typeof MySQLBackupStatusSchema>

/** A MySQLBackup as read from the API server, with the parts of its metadata that we use. */
export const MySQLBackupSchema = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(BACKUP_KIND),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int().optional(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
    finalizers: z.array(z.string()).optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  spec: MySQLBackupSpecSchema,
  status: MySQLBackupStatusSchema.optional(),
})
export type MySQLBackup = z.output<typeof MySQLBackupSchema>
