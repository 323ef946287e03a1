import * as z from 'zod'
import { API_VERSION } from './group.ts'
import { KIND } from './mysqlcluster-names.ts'
import { MySQLClusterSpecSchema } from './mysqlcluster-spec.ts'
import { MySQLClusterStatusSchema } from './mysqlcluster-status.ts'

export { FINALIZER, FORCE_DELETE, KIND, PLURAL } from './mysqlcluster-names.ts'

/** A MySQLCluster as read from the API server, with the parts of its metadata that we use. */
export const MySQLClusterSchema = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(KIND),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
    finalizers: z.array(z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: MySQLClusterSpecSchema,
  status: MySQLClusterStatusSchema.optional(),
})
export type MySQLCluster = z.output<typeof MySQLClusterSchema>
