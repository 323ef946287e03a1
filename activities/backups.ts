import type { Location } from '../crds/backup-store.ts'
import { API_VERSION } from '../crds/group.ts'
import {
  BACKUP_FINALIZER,
  BACKUP_KIND,
  type MySQLBackup,
  MySQLBackupSchema,
  type MySQLBackupStatus,
} from '../crds/mysqlbackup.ts'
import type { MySQLClusterSpec } from '../crds/mysqlcluster-spec.ts'
import type { BackupRef, BackupView } from '../src/domain/backup.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, FIELD_MANAGER } from '../src/domain/names.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'

export const parseBackup = (object: unknown) =>
  MySQLBackupSchema.safeParse({ ...(object as object), apiVersion: API_VERSION, kind: BACKUP_KIND }).data

export const hasEnded = ({ status }: MySQLBackup): boolean =>
  status?.phase === 'Completed' || status?.phase === 'Failed'

/** A backup that is made, but was not restored yet to be looked at, as it asks for. */
export const awaitsProof = ({ spec, status }: MySQLBackup): boolean =>
  spec.verify && status?.phase === 'Completed' && status.verification?.finishedAt === undefined

const byAge = (a: MySQLBackup, b: MySQLBackup): number =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name)

/** The backups of a cluster that have not ended, or are to be verified, oldest first. What cannot be understood keeps no cluster from being looked after. */
export const findBackups = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<readonly BackupView[]> =>
  (await kubernetes.list(BACKUP_KIND, ref.namespace, {}))
    .flatMap((object) => parseBackup(object) ?? [])
    .filter(({ spec, metadata }) => spec.clusterName === ref.name && metadata.deletionTimestamp === undefined)
    .filter((backup) => !hasEnded(backup) || awaitsProof(backup))
    .toSorted(byAge)
    .map(({ metadata: { name, uid }, status }) => ({ name, uid, ...(status?.phase ? { phase: status.phase } : {}) }))

/** Reads a backup; undefined when it is gone or going, or when its name belongs to another one by now. */
export const readBackup = async (
  kubernetes: Kubernetes,
  { namespace }: ClusterRef,
  { name, uid }: BackupRef,
): Promise<MySQLBackup | undefined> => {
  const object = await kubernetes.get(BACKUP_KIND, { namespace, name })
  const backup = object?.metadata.uid === uid ? parseBackup(object) : undefined
  return backup?.metadata.deletionTimestamp === undefined ? backup : undefined
}

/** Keeps a MySQLBackup from going before what it has in the store is dealt with. */
export const holdBackup = async (kubernetes: Kubernetes, ref: ClusterRef, backup: BackupRef): Promise<void> => {
  const found = await readBackup(kubernetes, ref, backup)
  const { finalizers = [], resourceVersion } = found?.metadata ?? {}
  if (!found || finalizers.includes(BACKUP_FINALIZER)) return
  const metadata = { resourceVersion, finalizers: [...finalizers, BACKUP_FINALIZER] }
  await kubernetes.patch(BACKUP_KIND, { namespace: ref.namespace, name: backup.name }, { metadata })
}

/** Writes changes of the status of a backup; nothing where nothing changes. */
export const writeStatus = async (
  kubernetes: Kubernetes,
  { metadata: { namespace, name, resourceVersion }, status: before }: MySQLBackup,
  change: MySQLBackupStatus,
): Promise<void> => {
  const status = { ...before, ...change }
  if (JSON.stringify(status) === JSON.stringify(before)) return
  const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata: { namespace, name, resourceVersion }, status }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-status`, subresource: 'status' })
}

/** Writes the status of a backup that has not ended; one that has is left as it is. */
export const tellBackup = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  backup: BackupRef,
  change: MySQLBackupStatus,
): Promise<void> => {
  const found = await readBackup(kubernetes, ref, backup)
  if (found && !hasEnded(found)) await writeStatus(kubernetes, found, change)
}

/** The store that a backup names, or the first. Throws RequestRefused when there is none. */
export const storeOf = ({ backup }: MySQLClusterSpec, wanted: string | undefined): Location => {
  const stores = backup?.stores ?? []
  const found = wanted === undefined ? stores[0] : stores.find(({ name }) => name === wanted)
  if (!found) {
    const names = stores.map(({ name }) => name).join(', ')
    throw new OperatorError(
      'RequestRefused',
      wanted === undefined
        ? 'the cluster has no store: declare one in spec.backup.stores'
        : `the cluster has no store ${wanted}; in spec.backup.stores are ${names || 'none'}`,
    )
  }
  const { name: _, ...location } = found
  return location
}

/** What must be there before a Job may rely on it. Throws the code of what is missing, as a pod would wait for it for ever. */
export const checkStore = async (
  kubernetes: Kubernetes,
  namespace: string,
  { s3, encryption }: Location,
): Promise<void> => {
  const needed = [
    ...(s3 ? [[s3.credentialsSecret, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], 'StoreDenied'] as const] : []),
    ...(s3?.caSecret ? [[s3.caSecret, ['ca.crt'], 'StoreUntrusted'] as const] : []),
    ...(encryption ? [[encryption.keySecret, ['key'], 'WrongKey'] as const] : []),
  ]
  for (const [name, keys, code] of needed) {
    const secret = await kubernetes.get('Secret', { namespace, name })
    if (!secret) throw new OperatorError(code, `there is no Secret ${name} with what the store asks for`)
    const missing = keys.filter((key) => !secret.data?.[key])
    if (missing.length > 0) throw new OperatorError(code, `Secret ${name} has no ${missing.join(', ')}`)
  }
}
