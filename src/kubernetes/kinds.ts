import type {
  EventsV1Event,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1Lease,
  V1NetworkPolicy,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node'
import { API_VERSION } from '../../crds/group.ts'
import { BACKUP_KIND, BACKUP_PLURAL } from '../../crds/mysqlbackup.ts'
import { KIND, PLURAL } from '../../crds/mysqlcluster.ts'
import { OPERATION_KIND, OPERATION_PLURAL } from '../../crds/mysqloperation.ts'
import type { ManagedFields } from '../domain/drift.ts'

/** An object as it travels: the client's types say Date where JSON has a string. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer I)[]
    ? Json<I>[]
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T

export interface ObjectMeta {
  name: string
  namespace: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  managedFields?: ManagedFields[]
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
}

/** An object read from the API server: its metadata is there, whatever else is. */
type Stored<T> = Omit<Json<T>, 'metadata'> & { metadata: ObjectMeta }

/** The kinds that the operator reads and writes. Those of our own API are parsed by whoever reads them. */
export interface Kinds {
  readonly [KIND]: { metadata: ObjectMeta } & Record<string, unknown>
  readonly [OPERATION_KIND]: { metadata: ObjectMeta } & Record<string, unknown>
  readonly [BACKUP_KIND]: { metadata: ObjectMeta } & Record<string, unknown>
  readonly Node: Stored<V1Node>
  readonly Pod: Stored<V1Pod>
  readonly Service: Stored<V1Service>
  readonly ConfigMap: Stored<V1ConfigMap>
  readonly Secret: Stored<V1Secret>
  readonly StatefulSet: Stored<V1StatefulSet>
  readonly Deployment: Stored<V1Deployment>
  readonly Job: Stored<V1Job>
  readonly PersistentVolumeClaim: Stored<V1PersistentVolumeClaim>
  readonly PodDisruptionBudget: Stored<V1PodDisruptionBudget>
  readonly NetworkPolicy: Stored<V1NetworkPolicy>
  readonly Lease: Stored<V1Lease>
  readonly Event: Stored<EventsV1Event>
}
export type Kind = keyof Kinds

export const RESOURCES: Readonly<Record<Kind, { readonly apiVersion: string; readonly plural: string }>> = {
  [KIND]: { apiVersion: API_VERSION, plural: PLURAL },
  [OPERATION_KIND]: { apiVersion: API_VERSION, plural: OPERATION_PLURAL },
  [BACKUP_KIND]: { apiVersion: API_VERSION, plural: BACKUP_PLURAL },
  Node: { apiVersion: 'v1', plural: 'nodes' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  Service: { apiVersion: 'v1', plural: 'services' },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  Secret: { apiVersion: 'v1', plural: 'secrets' },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets' },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  Job: { apiVersion: 'batch/v1', plural: 'jobs' },
  PersistentVolumeClaim: { apiVersion: 'v1', plural: 'persistentvolumeclaims' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies' },
  Lease: { apiVersion: 'coordination.k8s.io/v1', plural: 'leases' },
  Event: { apiVersion: 'events.k8s.io/v1', plural: 'events' },
}

/** The path of a kind's collection, of all namespaces when none is given. */
export const collectionPath = (kind: Kind, namespace?: string): string => {
  const { apiVersion, plural } = RESOURCES[kind]
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  return namespace ? `${root}/namespaces/${namespace}/${plural}` : `${root}/${plural}`
}
