import { API_VERSION } from '../crds/group.ts'
import { FINALIZER, KIND, type MySQLCluster, MySQLClusterSchema } from '../crds/mysqlcluster.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, memberHost, objectNames } from '../src/domain/names.ts'
import { SECRET_KEYS } from '../src/domain/objects/secrets.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import type { Access, MemberAddress } from '../src/mysql/port.ts'

/** Parses what the API server has. Throws InvalidObject when it is not of the shape that our CRD declares. */
export const parseCluster = (object: Kinds[typeof KIND]): MySQLCluster => {
  const parsed = MySQLClusterSchema.safeParse({ ...object, apiVersion: API_VERSION, kind: KIND })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new OperatorError('InvalidObject', `MySQLCluster ${object.metadata.name}: ${issues}`)
}

/** Reads a cluster as it is now; undefined when it is gone, or when its name belongs to another one by now. */
export const readCluster = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<MySQLCluster | undefined> => {
  const object = await kubernetes.get(KIND, ref)
  return object?.metadata.uid === ref.uid ? parseCluster(object) : undefined
}

export const hasFinalizer = (cluster: MySQLCluster): boolean =>
  cluster.metadata.finalizers?.includes(FINALIZER) ?? false

const readKeys = async <K extends string>(
  kubernetes: Kubernetes,
  namespace: string,
  name: string,
  keys: readonly K[],
): Promise<Record<K, string> | undefined> => {
  const secret = await kubernetes.get('Secret', { namespace, name })
  if (!secret) return undefined
  const values = keys.map((key) => [key, Buffer.from(secret.data?.[key] ?? '', 'base64').toString()] as const)
  const missing = values.filter(([, value]) => value === '').map(([key]) => key)
  if (missing.length > 0) throw new OperatorError('SecretIncomplete', `Secret ${name} has no ${missing.join(', ')}`)
  return Object.fromEntries(values) as Record<K, string>
}

/** What it takes to connect to the members; undefined while the cluster has no Secrets yet. */
export const readAccess = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<Access | undefined> => {
  const names = objectNames(ref.name)
  const [system, tls] = await Promise.all([
    readKeys(kubernetes, ref.namespace, names.system, SECRET_KEYS.system),
    readKeys(kubernetes, ref.namespace, names.tls, ['ca.crt']),
  ])
  return system && tls && { authority: tls['ca.crt'], operator: system.operator, replication: system.replication }
}

/** Where the member of a pod is reached; undefined while the pod has no address. */
export const addressOf = (
  ref: ClusterRef,
  pod: { name: string; ip?: string },
  domain: string,
): MemberAddress | undefined =>
  pod.ip === undefined ? undefined : { pod: pod.name, host: memberHost(ref, pod.name, domain), ip: pod.ip }
