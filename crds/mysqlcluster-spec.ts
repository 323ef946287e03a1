import * as z from 'zod'
import { QuantitySchema, SizeSchema } from './quantity.ts'

/** A part of a pod's specification that the API server does not check here, but where the pod is made. */
const podPart = (description: string) =>
  z.record(z.string(), z.unknown()).meta({ description, 'x-kubernetes-preserve-unknown-fields': true })

const Strings = z.record(z.string().max(317), z.string().max(4096)).meta({ maxProperties: 64 })

const ResourcesSchema = z.object({
  requests: z.record(z.string().max(317), QuantitySchema).meta({ maxProperties: 16 }).optional(),
  limits: z.record(z.string().max(317), QuantitySchema).meta({ maxProperties: 16 }).optional(),
})

const StorageSchema = z
  .object({
    size: SizeSchema.default('10Gi')
      .describe('Size of each member’s volume.')
      .meta({
        'x-kubernetes-validations': [
          { rule: "quantity(self).compareTo(quantity('1Gi')) >= 0", message: 'storage.size must be at least 1Gi' },
          {
            rule: 'quantity(self).compareTo(quantity(oldSelf)) >= 0',
            message: 'storage.size cannot shrink; make a new cluster of the smaller size and restore into it',
          },
        ],
      }),
    storageClassName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('StorageClass of the volumes; the cluster’s default when absent. Cannot be changed.'),
    onDelete: z
      .enum(['Retain', 'Delete'])
      .default('Retain')
      .describe('What becomes of volumes and Secrets when the MySQLCluster is deleted.'),
  })
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
        message: 'storage.storageClassName cannot be changed; make a new cluster and restore into it',
      },
    ],
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
  paused: z.boolean().default(false).describe('Stops all automation except observing and routing.'),
})
export type MySQLClusterSpec = z.output<typeof MySQLClusterSpecSchema>
export type ServiceSpec = z.output<typeof ServiceSchema>
