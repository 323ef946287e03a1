import { API_VERSION } from '../crds/group.ts'
import { FINALIZER, KIND, type MySQLCluster, MySQLClusterSchema } from '../crds/mysqlcluster.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, memberHost, objectNames } from '../src/domain/names.ts'
import { LATER_ACCOUNTS } from '../src/domain/objects/accounts.ts'
import { SECRET_KEYS } from '../src/domain/objects/secrets.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes, ObjectKey } from '../src/kubernetes/port.ts'
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

/** The keys of a Secret, and which of those asked for it lacks, but for `later` ones that never were there; undefined without it. */
const readKeys = async <K extends string>(
  kubernetes: Kubernetes,
  key: ObjectKey,
  keys: readonly K[],
  later: readonly K[] = [],
) => {
  const secret = await kubernetes.get('Secret', key)
  if (!secret) return undefined
  const values = keys.map((name) => [name, Buffer.from(secret.data?.[name] ?? '', 'base64').toString()] as const)
  const isToCome = (name: K): boolean => later.includes(name) && secret.data?.[name] === undefined
  const missing = values.filter(([name, value]) => value === '' && !isToCome(name)).map(([name]) => name)
  const lacks = missing.length > 0 ? [`Secret ${key.name} has no ${missing.join(', ')}`] : []
  const deleting = secret.metadata.deletionTimestamp !== undefined
  return { lacks, deleting, values: Object.fromEntries(values) as Record<K, string> }
}

export interface Secrets {
  /** What it takes to connect to the members; absent while there are no Secrets, or when they lack just that. */
  readonly access?: Access
  /** That something is missing which the members or the operator need. */
  readonly incomplete?: OperatorError
  /** Names of those that are not there, or are being deleted. */
  readonly lost: readonly string[]
}

/** Reads the Secrets of a cluster, as far as its members and the operator need them. */
export const readSecrets = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<Secrets> => {
  const names = objectNames(ref.name)
  const key = (name: string): ObjectKey => ({ namespace: ref.namespace, name })
  const [system, tls, app] = await Promise.all([
    readKeys(kubernetes, key(names.system), SECRET_KEYS.system, LATER_ACCOUNTS),
    readKeys(kubernetes, key(names.tls), ['ca.crt', 'tls.crt', 'tls.key']),
    readKeys(kubernetes, key(names.app), ['password']),
  ])
  const { operator, replication } = system?.values ?? { operator: '', replication: '' }
  const authority = tls?.values['ca.crt'] ?? ''
  const found = { [names.system]: system, [names.tls]: tls, [names.app]: app }
  const lost = Object.entries(found).filter(([, secret]) => secret?.deleting ?? true)
  const lacks = [system, tls, app].flatMap((secret) => secret?.lacks ?? [])
  return {
    lost: lost.map(([name]) => name),
    ...(operator && replication && authority ? { access: { operator, replication, authority } } : {}),
    ...(lacks.length > 0 ? { incomplete: new OperatorError('SecretIncomplete', lacks.join('; ')) } : {}),
  }
}

/** What it takes to connect to the members; undefined while the cluster has no Secrets yet. Throws SecretIncomplete. */
export const readAccess = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<Access | undefined> => {
  const { access, incomplete } = await readSecrets(kubernetes, ref)
  if (!access && incomplete) throw incomplete
  return access
}

/** Where the member of a pod is reached; undefined while the pod has no address. */
export const addressOf = (
  ref: ClusterRef,
  pod: { name: string; ip?: string },
  domain: string,
): MemberAddress | undefined =>
  pod.ip === undefined ? undefined : { pod: pod.name, host: memberHost(ref, pod.name, domain), ip: pod.ip }
