import * as z from 'zod'
import { LocationSchema } from '../../crds/backup-store.ts'

/** What a Job is told to do, in the variable TASK of its environment. It holds no secret. */
const Common = {
  location: LocationSchema,
  /** Of the backup, in the store. */
  path: z.string().min(1),
}

export const TaskSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('backup'),
    ...Common,
    /** Which try it is: those before it may still be under way. */
    attempt: z.int().min(1),
    cluster: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
    backup: z.object({ name: z.string(), uid: z.string() }),
    donor: z.string(),
  }),
  z.object({
    kind: z.literal('restore'),
    ...Common,
    /** What the binary logs of the cluster are replayed up to, over the backup; absent: nothing is. */
    point: z
      .object({
        time: z.iso.datetime({ offset: true }).optional(),
        gtid: z.string().optional(),
        acrossGaps: z.boolean().optional(),
      })
      .optional(),
  }),
  /** unpack: bring a backup to the scratch volume. compare: what a server then said of it, with the manifest. */
  z.object({ kind: z.literal('unpack'), ...Common }),
  z.object({ kind: z.literal('compare'), ...Common }),
  z.object({ kind: z.literal('discard'), ...Common, what: z.enum(['All', 'Leftovers']) }),
])
export type Task = z.output<typeof TaskSchema>
export type BackupTask = Extract<Task, { kind: 'backup' }>
export type DiscardTask = Pick<Extract<Task, { kind: 'discard' }>, 'path' | 'what'>
export type RestoreTask = Pick<Task, 'path'>
