import * as z from 'zod'
import { API_VERSION } from './group.ts'
import { OPERATION_KIND } from './mysqloperation-names.ts'

export { OPERATION_KIND, OPERATION_PLURAL } from './mysqloperation-names.ts'

const POD = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'

/** The name of a pod. The API server judges it by a rule, as what it says of a pattern is the pattern alone. */
const pod = z
  .string()
  .max(63)
  .refine((value) => new RegExp(POD).test(value), `must match ${POD}`)
  .meta({
    'x-kubernetes-validations': [
      {
        rule: `self.matches('${POD}')`,
        message: 'must be the name of a pod of the cluster, such as my-mysql-cluster-1',
      },
    ],
  })

/** What can be asked of a cluster: exactly one of these is set, which the API server checks. */
export const REQUESTS = ['switchover', 'failover', 'rebuild'] as const
export type RequestKind = (typeof REQUESTS)[number]

export const MySQLOperationSpecSchema = z.strictObject({
  clusterName: z.string().min(1).max(40).describe('The MySQLCluster, in the same namespace.'),
  switchover: z
    .strictObject({ target: pod.optional().describe('The pod that becomes primary; without it, the best replica.') })
    .optional()
    .describe('Hands the primary role to another member, without losing anything.'),
  failover: z
    .strictObject({
      target: pod.optional().describe('The pod that the group is made from; without it, the one that holds most.'),
      acceptLoss: z
        .boolean()
        .default(false)
        .describe('Go on although transactions may be lost, without showing them first.'),
    })
    .optional()
    .describe('Makes the cluster writable again when the operator cannot prove that nothing is lost thereby.'),
  rebuild: z
    .strictObject({ member: pod.describe('The pod whose data is replaced by a copy of the primary’s or a replica’s.') })
    .optional()
    .describe('Replaces the data of one member by a copy from another one.'),
  approved: z
    .boolean()
    .optional()
    .describe('Opens the gate of an operation that waits for a person: true goes on, false refuses.'),
  ttlSecondsAfterFinished: z
    .int32()
    .min(0)
    .default(86_400)
    .describe('How long the object is kept once the operation has ended.'),
})
export type MySQLOperationSpec = z.output<typeof MySQLOperationSpecSchema>

export const OPERATION_PHASES = ['Pending', 'AwaitingApproval', 'Running', 'Succeeded', 'Failed'] as const
export type OperationPhase = (typeof OPERATION_PHASES)[number]

/** What a failover may lose, as it was shown to the person who has to accept it. */
const LossSchema = z.object({
  seed: z.string().max(63).describe('The pod that the group would be made from.'),
  silent: z.array(z.string().max(63)).max(32).describe('Members and volumes of which nobody knows what they hold.'),
  only: z
    .array(z.object({ pod: z.string().max(63), gtids: z.string().max(32768) }))
    .max(32)
    .describe('What members hold that the seed does not.'),
  generation: z
    .int()
    .min(0)
    .describe('The generation of the request that it was shown for: an approval has to come later.'),
})

export const MySQLOperationStatusSchema = z.object({
  phase: z.enum(OPERATION_PHASES).optional(),
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
  loss: LossSchema.optional().describe('What a failover was shown to lose.'),
})
export type MySQLOperationStatus = z.output<typeof MySQLOperationStatusSchema>

/** A MySQLOperation as read from the API server, with the parts of its metadata that we use. */
export const MySQLOperationSchema = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal(OPERATION_KIND),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int().default(0),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    ownerReferences: z
      .array(z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() }))
      .optional(),
  }),
  spec: MySQLOperationSpecSchema,
  status: MySQLOperationStatusSchema.optional(),
})
export type MySQLOperation = z.output<typeof MySQLOperationSchema>
