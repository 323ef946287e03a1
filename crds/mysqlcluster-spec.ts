import * as z from 'zod'
import { AgeSchema, ScheduleSchema } from './backup-schedule.ts'
import { LocationSchema, PathSchema, StoreSchema } from './backup-store.ts'
import { QuantitySchema, SIZE_RULE, SizeSchema } from './quantity.ts'

/** A part of a pod's specification that the API server does not check here, but where the pod is made. */
const podPart = (description: string) =>
  z.record(z.string(), z.unknown()).meta({ description, 'x-kubernetes-preserve-unknown-fields': true })

const Strings = z.record(z.string().max(317), z.string().max(4096)).meta({ maxProperties: 64 })

/** A value that is no quantity has a rule of its own. */
const MEMORY = "string(self.limits['memory'])"
const REQUEST = 'string(self.requests[k])'
const LIMIT = 'string(self.limits[k])'
const ResourcesSchema = z
  .object({
    requests: z.record(z.string().max(317), QuantitySchema).meta({ maxProperties: 16 }).optional(),
    limits: z.record(z.string().max(317), QuantitySchema).meta({ maxProperties: 16 }).optional(),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: `!has(self.limits) || !('memory' in self.limits) || !isQuantity(${MEMORY}) || quantity(${MEMORY}).compareTo(quantity('512Mi')) >= 0`,
        message:
          'limits.memory must be at least 512Mi, as mysqld does not start with less; 1Gi is the least for real use',
      },
      {
        rule: `!has(self.requests) || !has(self.limits) || self.requests.all(k, !(k in self.limits) || !isQuantity(${REQUEST}) || !isQuantity(${LIMIT}) || quantity(${REQUEST}).compareTo(quantity(${LIMIT})) <= 0)`,
        message: 'requests must not be greater than limits: lower the request, or raise the limit',
      },
    ],
  })

const StorageSchema = z.object({
  size: SizeSchema.default('10Gi')
    .describe('Size of each member’s volume. Cannot shrink once the cluster has a group.')
    .meta({
      'x-kubernetes-validations': [
        SIZE_RULE,
        {
          rule: "!isQuantity(self) || quantity(self).compareTo(quantity('1Gi')) >= 0",
          message: 'must be at least 1Gi',
        },
      ],
    }),
  storageClassName: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe(
      'StorageClass of the volumes; the default one when absent. Cannot be changed once the cluster has a group.',
    ),
  onDelete: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of volumes and Secrets when the MySQLCluster is deleted.'),
  keepReplaced: AgeSchema.default('7d').describe(
    'How long logs and data that a rebuild has kept stay on the volume of a member; they are removed while the cluster is healthy.',
  ),
})

const PodSchema = z.object({
  labels: Strings.optional(),
  annotations: Strings.optional(),
  nodeSelector: Strings.optional(),
  priorityClassName: z.string().max(253).optional(),
  terminationGracePeriodSeconds: z.int32().min(30).max(3600).default(120),
  imagePullSecrets: z
    .array(z.object({ name: z.string().min(1).max(253) }))
    .max(8)
    .optional(),
  tolerations: z.array(podPart('A core/v1 Toleration.')).max(32).optional(),
  affinity: podPart('A core/v1 Affinity; replaces the default spread over hosts.').optional(),
  topologySpreadConstraints: z.array(podPart('A core/v1 TopologySpreadConstraint.')).max(8).optional(),
})

const ServiceSchema = z.object({
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP'),
  annotations: Strings.optional(),
  loadBalancerSourceRanges: z.array(z.string().max(64)).max(32).optional(),
})

const KNOWN_STORE = {
  rule: '!has(self.schedules) || self.schedules.all(s, !has(s.store) || self.stores.exists(t, t.name == s.store))',
  message: 'schedules must name stores that are in stores',
} as const

const KNOWN_ARCHIVE = {
  rule: '!has(self.pointInTime) || !has(self.pointInTime.store) || self.stores.exists(t, t.name == self.pointInTime.store)',
  message: 'pointInTime must name a store that is in stores',
} as const

const ONE_GTID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}:([a-z_][a-z0-9_]{0,31}:)?[1-9][0-9]*$'

/** What a person declares. Only `size` and `image` are asked for; all else has a safe default. */
export const MySQLClusterSpecSchema = z.object({
  size: z.int32().min(1).max(9).describe('Number of members. Odd sizes survive the loss of (size − 1) / 2 of them.'),
  image: z
    .string()
    .min(1)
    .max(512)
    .describe('An image with mysqld, the mysql client and sh: the official mysql images.'),
  storage: StorageSchema.prefault({}),
  resources: ResourcesSchema.default({
    requests: { cpu: '250m', memory: '1Gi' },
    limits: { memory: '1Gi' },
  }).describe('Resources of each member. MySQL is tuned from the memory and CPU given here.'),
  config: z
    .record(z.string().max(128), z.union([z.int(), z.string().max(4096)]).meta({ 'x-kubernetes-int-or-string': true }))
    .meta({ maxProperties: 256 })
    .optional()
    .describe('Settings of mysqld, as in my.cnf: a name and a value. Quote on and off.'),
  pod: PodSchema.prefault({}),
  services: z
    .object({
      primary: ServiceSchema.prefault({}),
      replicas: ServiceSchema.prefault({}),
      any: ServiceSchema.prefault({}),
    })
    .prefault({}),
  backup: z
    .object({
      stores: z
        .array(StoreSchema)
        .min(1)
        .max(8)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .describe('Where backups can be kept. The first is the one that is used where none is named.'),
      schedules: z
        .array(ScheduleSchema)
        .max(8)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .optional()
        .describe('When backups are made by themselves.'),
      pointInTime: z
        .object({
          store: z.string().min(1).max(63).optional().describe('Name of a store; the first when absent.'),
        })
        .optional()
        .describe('Archives the binary log all the time, so that a restore can end at any point after a backup.'),
    })
    .meta({ 'x-kubernetes-validations': [KNOWN_STORE, KNOWN_ARCHIVE] })
    .optional(),
  restoreFrom: z
    .object({
      backup: z.string().min(1).max(253).optional().describe('Name of a MySQLBackup in the same namespace.'),
      store: LocationSchema.optional().describe('Where the backup is, when there is no MySQLBackup of it here.'),
      path: PathSchema.optional().describe('Of the backup in that store.'),
      time: z.iso
        .datetime({ offset: true })
        .max(40)
        .optional()
        .describe('Restores what was committed by then, from the archive that is beside the backup.'),
      beforeGtid: z
        .string()
        .max(128)
        .refine((value) => new RegExp(ONE_GTID).test(value), 'must be one GTID')
        .optional()
        .describe('Restores what came before this transaction, from the archive that is beside the backup.')
        .meta({
          'x-kubernetes-validations': [
            { rule: `self.matches('${ONE_GTID}')`, message: 'must be one GTID, as uuid:number or uuid:tag:number' },
          ],
        }),
      acrossGaps: z
        .boolean()
        .optional()
        .describe('Accepts that transactions are missing which the archive lacks before the point.'),
    })
    .meta({
      'x-kubernetes-validations': [
        {
          rule: 'has(self.backup) != has(self.store) && has(self.store) == has(self.path)',
          message: 'must have either backup, or store and path',
        },
        { rule: '!has(self.time) || !has(self.beforeGtid)', message: 'must not have both time and beforeGtid' },
      ],
    })
    .optional()
    .describe('What the cluster is made from. Only when it is made; it cannot be changed.'),
  paused: z.boolean().default(false).describe('Stops all automation except observing and routing.'),
})
export type MySQLClusterSpec = z.output<typeof MySQLClusterSpecSchema>
export type ServiceSpec = z.output<typeof ServiceSchema>
