import type { KindDefinition } from './definition.ts'
import { BACKUP_KIND, BACKUP_PLURAL, MySQLBackupSpecSchema, MySQLBackupStatusSchema } from './mysqlbackup.ts'
import { KIND, PLURAL } from './mysqlcluster.ts'
import { MySQLClusterSpecSchema } from './mysqlcluster-spec.ts'
import { MySQLClusterStatusSchema } from './mysqlcluster-status.ts'
import {
  MySQLOperationSpecSchema,
  MySQLOperationStatusSchema,
  OPERATION_KIND,
  OPERATION_PLURAL,
  REQUESTS,
} from './mysqloperation.ts'

/** Before its first group has formed a cluster has no data that a change of its volumes could harm. */
const NO_GROUP =
  '!has(oldSelf.status) || !has(oldSelf.status.group) || (!has(oldSelf.status.group.incarnation) && oldSelf.status.group.bootstraps <= 1)'
const CLASS = 'spec.storage.storageClassName'
const SIZE = 'spec.storage.size'
/** What was declared and could not be done may be taken back. */
const MADE = 'status.storage.size'

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
      { name: 'Procedure', type: 'string', jsonPath: '.status.procedure.kind', priority: 1 },
      { name: 'Last', type: 'string', jsonPath: '.status.timeline[0].what', priority: 1 },
      { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    validations: [
      {
        rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message:
          'metadata.name must be at most 40 characters: lower-case letters, digits and dashes, beginning with a letter',
      },
      {
        rule: `${NO_GROUP} || (has(self.${CLASS}) ? has(oldSelf.${CLASS}) && self.${CLASS} == oldSelf.${CLASS} : !has(oldSelf.${CLASS}))`,
        message: `${CLASS} cannot be changed once the cluster has a group (status.group): put the old value back, or make another cluster with the new one and copy the data`,
      },
      {
        rule: `${NO_GROUP} || !isQuantity(self.${SIZE}) || quantity(self.${SIZE}).compareTo(quantity(oldSelf.${SIZE})) >= 0 || (has(oldSelf.status.storage) && isQuantity(oldSelf.${MADE}) && quantity(self.${SIZE}).compareTo(quantity(oldSelf.${MADE})) >= 0)`,
        message: `${SIZE} cannot shrink once the cluster has a group (status.group): put the old value back, or make another cluster of the smaller size and copy the data`,
      },
      {
        rule: '(has(self.spec.restoreFrom) ? has(oldSelf.spec.restoreFrom) && self.spec.restoreFrom == oldSelf.spec.restoreFrom : !has(oldSelf.spec.restoreFrom))',
        message:
          'spec.restoreFrom cannot be changed: delete the cluster and make it again, or make another one from the backup',
      },
    ],
    scale: {
      specReplicasPath: '.spec.size',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  {
    kind: OPERATION_KIND,
    plural: OPERATION_PLURAL,
    singular: 'mysqloperation',
    shortName: 'mo',
    description:
      'Something that is asked of a MySQLCluster once: it is carried out, and its result is kept for a while.',
    spec: MySQLOperationSpecSchema,
    status: MySQLOperationStatusSchema,
    columns: [
      { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterName' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Message', type: 'string', jsonPath: '.status.message' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    validations: [
      {
        rule: `[${REQUESTS.map((request) => `has(self.spec.${request})`).join(', ')}].filter(asked, asked).size() == 1`,
        message: `spec must have exactly one of ${REQUESTS.join(', ')}`,
      },
      {
        rule: ['clusterName', ...REQUESTS]
          .map(
            (field) =>
              `(has(self.spec.${field}) ? has(oldSelf.spec.${field}) && self.spec.${field} == oldSelf.spec.${field} : !has(oldSelf.spec.${field}))`,
          )
          .join(' && '),
        message: 'what is asked cannot be changed: delete this MySQLOperation and make another one',
      },
      {
        rule: '!has(oldSelf.spec.approved) || (has(self.spec.approved) && self.spec.approved == oldSelf.spec.approved)',
        message: 'spec.approved cannot be changed once it is set: make another MySQLOperation',
      },
    ],
  },
  {
    kind: BACKUP_KIND,
    plural: BACKUP_PLURAL,
    singular: 'mysqlbackup',
    shortName: 'mb',
    description: 'A backup of a MySQLCluster: it is made once, and tells where it is.',
    spec: MySQLBackupSpecSchema,
    status: MySQLBackupStatusSchema,
    columns: [
      { name: 'Cluster', type: 'string', jsonPath: '.spec.clusterName' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Bytes', type: 'integer', jsonPath: '.status.storedBytes' },
      { name: 'Finished', type: 'date', jsonPath: '.status.finishedAt' },
      { name: 'Verified', type: 'string', jsonPath: '.status.conditions[?(@.type=="Verified")].status' },
      { name: 'Donor', type: 'string', jsonPath: '.status.donor', priority: 1 },
      { name: 'Path', type: 'string', jsonPath: '.status.path', priority: 1 },
      { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    validations: [
      {
        rule: ['clusterName', 'store', 'method']
          .map(
            (field) =>
              `(has(self.spec.${field}) ? has(oldSelf.spec.${field}) && self.spec.${field} == oldSelf.spec.${field} : !has(oldSelf.spec.${field}))`,
          )
          .join(' && '),
        message: 'what is backed up, and where to, cannot be changed: delete this MySQLBackup and make another one',
      },
    ],
  },
]
