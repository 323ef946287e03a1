import type { KindDefinition } from './definition.ts'
import { KIND, PLURAL } from './mysqlcluster.ts'
import { MySQLClusterSpecSchema } from './mysqlcluster-spec.ts'
import { MySQLClusterStatusSchema } from './mysqlcluster-status.ts'

/** Every kind of the API, as it becomes a CustomResourceDefinition. */
export const KINDS: readonly KindDefinition[] = [
  {
    kind: KIND,
    plural: PLURAL,
    singular: 'mysqlcluster',
    shortName: 'mc',
    description: 'A MySQL cluster: one primary for writes and its replicas, in one Group Replication group.',
    spec: MySQLClusterSpecSchema,
    status: MySQLClusterStatusSchema,
    columns: [
      { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
      { name: 'Available', type: 'integer', jsonPath: '.status.availableReplicas' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Primary', type: 'string', jsonPath: '.status.primary' },
      { name: 'Version', type: 'string', jsonPath: '.status.version' },
      { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    validations: [
      {
        rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message:
          'metadata.name must be at most 40 characters: lower-case letters, digits and dashes, beginning with a letter',
      },
    ],
    scale: {
      specReplicasPath: '.spec.size',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
]
