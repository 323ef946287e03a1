import { BACKUP_KIND } from '../../../crds/mysqlbackup.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import type { Kind } from '../../../src/kubernetes/kinds.ts'

/** How server-side apply sees a value: whole, as a set of values, or as a list whose items are told apart by these keys. */
export type Shape = 'atomic' | 'set' | readonly string[]

const META: Readonly<Record<string, Shape>> = {
  'metadata.finalizers': 'set',
  'metadata.ownerReferences': ['uid'],
}

const podShapes = (at: string): Readonly<Record<string, Shape>> => ({
  [`${at}.containers`]: ['name'],
  [`${at}.initContainers`]: ['name'],
  [`${at}.containers.env`]: ['name'],
  [`${at}.containers.ports`]: ['containerPort', 'protocol'],
  [`${at}.containers.volumeMounts`]: ['mountPath'],
  [`${at}.containers.env.valueFrom.fieldRef`]: 'atomic',
  [`${at}.volumes`]: ['name'],
  [`${at}.imagePullSecrets`]: ['name'],
  [`${at}.topologySpreadConstraints`]: ['topologyKey', 'whenUnsatisfiable'],
  [`${at}.topologySpreadConstraints.labelSelector`]: 'atomic',
  [`${at}.nodeSelector`]: 'atomic',
})

/**
 * The markers of the API server's schemas (`x-kubernetes-list-type`, `-map-type`) for what we write. By kind and path,
 * without the keys of list items. A list that is not named is atomic, an object that is not named is not.
 */
const SHAPES: Readonly<Record<Kind, Readonly<Record<string, Shape>>>> = {
  [KIND]: { ...META, 'status.members': ['name'], 'status.conditions': ['type'] },
  [OPERATION_KIND]: META,
  [BACKUP_KIND]: META,
  Node: META,
  Pod: { ...META, ...podShapes('spec'), 'status.conditions': ['type'] },
  Service: { ...META, 'spec.ports': ['port', 'protocol'], 'spec.selector': 'atomic' },
  ConfigMap: META,
  Secret: META,
  StatefulSet: { ...META, ...podShapes('spec.template.spec'), 'spec.selector': 'atomic' },
  Deployment: { ...META, ...podShapes('spec.template.spec'), 'spec.selector': 'atomic' },
  Job: { ...META, ...podShapes('spec.template.spec') },
  PersistentVolumeClaim: META,
  PodDisruptionBudget: { ...META, 'spec.selector': 'atomic' },
  NetworkPolicy: { ...META, 'spec.podSelector': 'atomic' },
  Lease: META,
  Event: META,
}

export const shapeOf = (kind: Kind, path: string, value: unknown): Shape | undefined =>
  SHAPES[kind][path] ?? (Array.isArray(value) ? 'atomic' : undefined)

/** Fields at the top of each kind; a strict request with any other one is refused. */
export const TOP_LEVEL: Readonly<Record<Kind, readonly string[]>> = {
  [KIND]: ['spec', 'status'],
  [OPERATION_KIND]: ['spec', 'status'],
  [BACKUP_KIND]: ['spec', 'status'],
  Node: ['spec', 'status'],
  Pod: ['spec', 'status'],
  Service: ['spec', 'status'],
  ConfigMap: ['data', 'binaryData', 'immutable'],
  Secret: ['data', 'stringData', 'type', 'immutable'],
  StatefulSet: ['spec', 'status'],
  Deployment: ['spec', 'status'],
  Job: ['spec', 'status'],
  PersistentVolumeClaim: ['spec', 'status'],
  PodDisruptionBudget: ['spec', 'status'],
  NetworkPolicy: ['spec'],
  Lease: ['spec'],
  Event: ['eventTime', 'reportingController', 'reportingInstance', 'type', 'reason', 'action', 'note', 'regarding'],
}

/** Kinds whose status is written by its own subresource, and by nothing else. */
export const WITH_STATUS: readonly Kind[] = [
  KIND,
  OPERATION_KIND,
  BACKUP_KIND,
  'Pod',
  'Service',
  'StatefulSet',
  'Deployment',
  'Job',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
]

/** Kinds whose `metadata.generation` counts the changes of their spec. */
export const WITH_GENERATION: readonly Kind[] = [
  KIND,
  OPERATION_KIND,
  BACKUP_KIND,
  'Pod',
  'StatefulSet',
  'Deployment',
  'Job',
  'PodDisruptionBudget',
  'NetworkPolicy',
]
