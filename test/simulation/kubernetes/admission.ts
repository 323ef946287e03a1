import type * as z from 'zod'
import { BACKUP_KIND, MySQLBackupSpecSchema, MySQLBackupStatusSchema } from '../../../crds/mysqlbackup.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import { MySQLClusterSpecSchema } from '../../../crds/mysqlcluster-spec.ts'
import { MySQLClusterStatusSchema } from '../../../crds/mysqlcluster-status.ts'
import { MySQLOperationSpecSchema, MySQLOperationStatusSchema, OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import { parseQuantity } from '../../../src/domain/quantity.ts'
import type { Kind } from '../../../src/kubernetes/kinds.ts'
import { BACKUP_RULES, RESTORE_RULES } from './backup-rules.ts'
import { broken, CLUSTER_RULES, type Rule } from './cluster-rules.ts'
import { clone, isTree, part, same, type Tree } from './json.ts'
import { OPERATION_RULES } from './operation-rules.ts'
import { TOP_LEVEL } from './schema.ts'
import { invalid, StatusError } from './status-error.ts'

/** What the API server knows of the cluster when it fills an object in. */
export interface Surroundings {
  readonly defaultStorageClass: () => string | undefined
  readonly newClusterIp: () => string
  /** False for a StorageClass whose volumes keep their size. */
  readonly mayGrow: (storageClass: string) => boolean
}

const reasons = (at: string, { issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${[at, ...path].join('.')}: Invalid value: ${message}`).join(', ')

/** The first field that is in `given` and not in `known`, as a path. */
const unknownField = (given: unknown, known: unknown, path: string): string | undefined => {
  if (Array.isArray(given))
    return given.map((item, at) => unknownField(item, (known as unknown[])[at], path)).find((found) => found)
  if (!isTree(given) || !isTree(known)) return undefined
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (!(key in known)) return `${path}.${key}`
    const deeper = unknownField(value, known[key], `${path}.${key}`)
    if (deeper) return deeper
  }
  return undefined
}

const malformed = (field: string): StatusError =>
  new StatusError(500, `failed to create typed patch object: ${field}: field not declared in schema`)

interface OwnKind {
  readonly kind: Kind
  readonly spec: z.ZodType
  readonly status: z.ZodType
  readonly rules: readonly Rule[]
}
const CLUSTERS: OwnKind = {
  kind: KIND,
  spec: MySQLClusterSpecSchema,
  status: MySQLClusterStatusSchema,
  rules: [...CLUSTER_RULES, ...RESTORE_RULES],
}
const OPERATIONS: OwnKind = {
  kind: OPERATION_KIND,
  spec: MySQLOperationSpecSchema,
  status: MySQLOperationStatusSchema,
  rules: OPERATION_RULES,
}

const BACKUPS: OwnKind = {
  kind: BACKUP_KIND,
  spec: MySQLBackupSpecSchema,
  status: MySQLBackupStatusSchema,
  rules: BACKUP_RULES,
}

/** Checks an object of our own API by the schemas that its CRD is generated from, and fills in their defaults. */
const admitOwn = ({ kind, rules, ...schemas }: OwnKind, object: Tree, before: Tree | undefined): Tree => {
  const what = `${kind} "${String(part(object, 'metadata')['name'])}"`
  if (object['spec'] === undefined) throw invalid(what, 'spec: Required value')
  const spec = schemas.spec.safeParse(object['spec'])
  if (!spec.success) throw invalid(what, reasons('spec', spec.error))
  const status = schemas.status.optional().safeParse(object['status'])
  if (!status.success) throw invalid(what, reasons('status', status.error))
  const { status: _, ...rest } = object
  const admitted: Tree = {
    ...rest,
    spec: clone(spec.data as Tree),
    ...(status.data ? { status: clone(status.data as Tree) } : {}),
  }
  const violated = broken(rules, admitted, before)
  if (violated.length > 0) throw invalid(what, violated.join(', '))
  return admitted
}

const admitService = (object: Tree, { newClusterIp }: Surroundings): Tree => {
  const spec = part(object, 'spec')
  const clusterIP = spec['clusterIP'] ?? newClusterIp()
  const defaults = { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' }
  const ports = ((spec['ports'] ?? []) as Tree[]).map((port) => ({
    protocol: 'TCP',
    targetPort: port['port'],
    ...port,
  }))
  for (const range of (spec['loadBalancerSourceRanges'] ?? []) as string[])
    if (!/^[0-9a-f.:]+\/[0-9]+$/.test(range))
      throw invalid(`Service "${part(object, 'metadata')['name']}"`, 'spec.LoadBalancerSourceRanges: Invalid value')
  return { ...object, spec: { ...defaults, ...spec, clusterIP, clusterIPs: [clusterIP], ports } }
}

const admitSecret = (object: Tree): Tree => {
  const { stringData, ...rest } = object
  if (!isTree(stringData)) return { type: 'Opaque', ...object }
  const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
  return { type: 'Opaque', ...rest, data: { ...part(object, 'data'), ...Object.fromEntries(encoded) } }
}

const admitConfigMap = (object: Tree, before: Tree | undefined): Tree => {
  const frozen = before?.['immutable'] === true
  if (frozen && !(object['immutable'] === true && same(object['data'], before['data'])))
    throw invalid(
      `ConfigMap "${part(object, 'metadata')['name']}"`,
      'data: Forbidden: field is immutable when `immutable` is set',
    )
  return object
}

const MAY_CHANGE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]
const POD_LISTS: Readonly<Record<string, readonly string[]>> = {
  tolerations: ['key', 'operator', 'value', 'effect', 'tolerationSeconds'],
  topologySpreadConstraints: [
    'maxSkew',
    'topologyKey',
    'whenUnsatisfiable',
    'labelSelector',
    'minDomains',
    'matchLabelKeys',
  ],
}
const AFFINITIES = ['nodeAffinity', 'podAffinity', 'podAntiAffinity']

/** Of a pod's parts that people write freely, the field that does not exist. */
const strangePart = (pod: Tree): string | undefined => {
  const affinity = Object.keys(part(pod, 'affinity')).find((key) => !AFFINITIES.includes(key))
  if (affinity) return `.spec.template.spec.affinity.${affinity}`
  for (const [list, known] of Object.entries(POD_LISTS))
    for (const item of (pod[list] ?? []) as Tree[]) {
      const strange = Object.keys(item).find((key) => !known.includes(key))
      if (strange) return `.spec.template.spec.${list}.${strange}`
    }
  return undefined
}

const admitStatefulSet = (object: Tree, before: Tree | undefined): Tree => {
  const [spec, was] = [part(object, 'spec'), part(before, 'spec')]
  const changed = Object.keys({ ...was, ...spec }).find(
    (key) => !MAY_CHANGE.includes(key) && !same(was[key], spec[key]),
  )
  if (before && changed)
    throw invalid(
      `StatefulSet "${part(object, 'metadata')['name']}"`,
      `spec: Forbidden: updates to ${changed} are forbidden`,
    )
  return { ...object, spec: { replicas: 1, revisionHistoryLimit: 10, ...spec } }
}

const requestOf = (claim: Tree): number =>
  parseQuantity(String(part(claim, 'spec', 'resources', 'requests')['storage']))

/** Volumes only grow, and only those of a class that lets them. */
const refuseResize = (claim: Tree, before: Tree, mayGrow: Surroundings['mayGrow']): void => {
  const what = `persistentvolumeclaims "${part(claim, 'metadata')['name']}"`
  if (requestOf(claim) === requestOf(before)) return
  if (part(before, 'status')['phase'] !== 'Bound')
    throw invalid(what, 'spec: Forbidden: spec is immutable after creation except resources.requests for bound claims')
  const capacity = parseQuantity(String(part(before, 'status', 'capacity')['storage']))
  if (requestOf(claim) < capacity)
    throw invalid(what, 'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity')
  if (!mayGrow(String(part(claim, 'spec')['storageClassName'])))
    throw new StatusError(
      403,
      `${what} is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize`,
    )
}

const admitClaim = (object: Tree, before: Tree | undefined, { defaultStorageClass, mayGrow }: Surroundings): Tree => {
  if (before) {
    refuseResize(object, before, mayGrow)
    return object
  }
  const finalizers = [...((part(object, 'metadata')['finalizers'] as string[] | undefined) ?? []), PROTECTION]
  const storageClassName = part(object, 'spec')['storageClassName'] ?? defaultStorageClass()
  const spec = { ...part(object, 'spec'), ...(storageClassName ? { storageClassName } : {}), volumeMode: 'Filesystem' }
  return { ...object, metadata: { ...part(object, 'metadata'), finalizers }, spec, status: { phase: 'Pending' } }
}

/** Keeps a claim while a pod uses it. */
export const PROTECTION = 'kubernetes.io/pvc-protection'

/** Fills in what the API server fills in, and refuses what it refuses. */
export const admit = (kind: Kind, object: Tree, before: Tree | undefined, around: Surroundings): Tree => {
  switch (kind) {
    case KIND:
      return admitOwn(CLUSTERS, object, before)
    case OPERATION_KIND:
      return admitOwn(OPERATIONS, object, before)
    case BACKUP_KIND:
      return admitOwn(BACKUPS, object, before)
    case 'Service':
      return admitService(object, around)
    case 'Secret':
      return admitSecret(object)
    case 'ConfigMap':
      return admitConfigMap(object, before)
    case 'StatefulSet':
      return admitStatefulSet(object, before)
    case 'PersistentVolumeClaim':
      return admitClaim(object, before, around)
    case 'Pod':
      return before ? object : { ...object, status: { phase: 'Pending', ...part(object, 'status') } }
    default:
      return object
  }
}

/** Refuses an apply with fields that the kind does not have, as strict field validation does. */
export const refuseUnknown = (kind: Kind, wanted: Tree): void => {
  const top = Object.keys(wanted).find((key) => !['apiVersion', 'kind', 'metadata', ...TOP_LEVEL[kind]].includes(key))
  if (top) throw malformed(`.${top}`)
  if (kind === 'StatefulSet') {
    const strange = strangePart(part(wanted, 'spec', 'template', 'spec'))
    if (strange) throw malformed(strange)
  }
  if (kind !== KIND) return
  const parsed = MySQLClusterSpecSchema.safeParse(wanted['spec'])
  const strange = parsed.success ? unknownField(wanted['spec'], parsed.data, '.spec') : undefined
  if (strange) throw malformed(strange)
}

/** Without unknown fields, as the API server stores what was sent to it without strict validation. */
export const pruned = (kind: Kind, object: Tree): Tree =>
  Object.fromEntries(
    Object.entries(object).filter(([key]) => ['apiVersion', 'kind', 'metadata', ...TOP_LEVEL[kind]].includes(key)),
  )
