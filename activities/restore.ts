import type { Location } from '../crds/backup-store.ts'
import { API_VERSION } from '../crds/group.ts'
import { BACKUP_KIND, MySQLBackupSchema } from '../crds/mysqlbackup.ts'
import { KIND, type MySQLCluster } from '../crds/mysqlcluster.ts'
import type { RestoreRecord } from '../crds/mysqlcluster-status.ts'
import type { Point } from '../src/agent/replay.ts'
import type { Result } from '../src/agent/result.ts'
import { ERRORS, type ErrorCode, OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, FIELD_MANAGER } from '../src/domain/names.ts'
import { RESTORED_ANNOTATION, restoredClaim, restoreJob, restoreJobName } from '../src/domain/objects/restore-job.ts'
import { checkStore } from './backups.ts'
import { findClaims } from './claims.ts'
import { readCluster } from './cluster.ts'
import { failureIn, ownImage, watchJob } from './jobs.ts'
import type { Ports } from './ports.ts'

/** How a restore, or the beginning of one, ended. `final`: trying again cannot help. */
export type RestoreOutcome =
  | { readonly kind: 'Begun'; readonly path: string }
  | { readonly kind: 'Done'; readonly version: string; readonly bytes: number; readonly gtids?: string }
  /** There is nothing to restore any more. */
  | { readonly kind: 'Over' }
  | { readonly kind: 'Failed'; readonly code: ErrorCode; readonly message: string; readonly final: boolean }

const failed = (code: ErrorCode, detail: string): RestoreOutcome => ({
  kind: 'Failed',
  code,
  message: `${detail}. ${ERRORS[code].remedy}`,
  final: !ERRORS[code].retryable,
})

interface Source {
  readonly location: Location
  readonly path: string
}

/** Where the backup is that a cluster is to be made from. Throws RequestRefused when that cannot be known. */
const sourceOf = async (ports: Ports, { metadata, spec }: MySQLCluster): Promise<Source> => {
  const { backup: name, store, path } = spec.restoreFrom ?? {}
  if (store && path) return { location: store, path }
  const key = { namespace: metadata.namespace, name: name ?? '' }
  const backup = MySQLBackupSchema.safeParse({
    ...(await ports.kubernetes.get(BACKUP_KIND, key)),
    apiVersion: API_VERSION,
    kind: BACKUP_KIND,
  }).data
  if (!backup) throw new OperatorError('RequestRefused', `there is no MySQLBackup ${name} (spec.restoreFrom.backup)`)
  const { phase = 'Pending', location, path: where } = backup.status ?? {}
  if (phase !== 'Completed' || !location || !where)
    throw new OperatorError('RequestRefused', `MySQLBackup ${name} is ${phase}, and not Completed`)
  return { location, path: where }
}

/** What is replayed over the backup; undefined when nothing is. */
const pointOf = ({ spec }: MySQLCluster): Point | undefined => {
  const { time, beforeGtid: gtid, acrossGaps } = spec.restoreFrom ?? {}
  if (time === undefined && gtid === undefined) return undefined
  return {
    ...(time === undefined ? {} : { time }),
    ...(gtid === undefined ? {} : { gtid }),
    ...(acrossGaps ? { acrossGaps } : {}),
  }
}

const isOver = (cluster: MySQLCluster | undefined): cluster is undefined =>
  !cluster?.spec.restoreFrom ||
  cluster.metadata.deletionTimestamp !== undefined ||
  cluster.status?.restore?.finishedAt !== undefined

/** Begins the restore of a cluster that has no member yet: makes the claim of the first one, and the Job that fills it. */
export const beginRestore = async (ports: Ports, ref: ClusterRef): Promise<RestoreOutcome> => {
  const { kubernetes, domain } = ports
  const cluster = await readCluster(kubernetes, ref)
  if (!cluster || isOver(cluster)) return { kind: 'Over' }
  try {
    const { location, path } = await sourceOf(ports, cluster)
    await checkStore(kubernetes, ref.namespace, location)
    const claims = await findClaims(kubernetes, ref, cluster.spec.size, false)
    const others = claims.filter(({ metadata }) => metadata.annotations?.[RESTORED_ANNOTATION] !== ref.uid)
    if (others.length > 0)
      throw new OperatorError(
        'RequestRefused',
        `${others.map(({ metadata }) => metadata.name).join(', ')} may hold data of an earlier cluster: delete what nobody needs, or restore to another name`,
      )
    const point = pointOf(cluster)
    const input = {
      ...{ ref, spec: cluster.spec, domain, location, path, agent: await ownImage(ports) },
      ...(point ? { point } : {}),
    }
    await kubernetes.create(restoredClaim(input))
    await kubernetes.create(restoreJob(input))
    return { kind: 'Begun', path }
  } catch (error) {
    if (error instanceof OperatorError && !error.retryable) return failed(error.code, error.detail)
    throw error
  }
}

const STEPS = {
  agent: 'the backup is unpacked',
  mysql: 'binary logs are replayed, if any are, and the accounts made anew',
}

/** Watches the Job until it has ended. */
export const watchRestore = async (ports: Ports, ref: ClusterRef): Promise<RestoreOutcome> => {
  const key = { namespace: ref.namespace, name: restoreJobName(ref) }
  const result: Result = await watchJob(ports, key, STEPS, async () =>
    isOver(await readCluster(ports.kubernetes, ref)) ? 'the cluster is being deleted, or has its data' : undefined,
  )
  if (result.kind !== 'Succeeded') {
    const { code, detail } = failureIn(result)
    return failed(code, detail)
  }
  const { version, bytes, gtids } = result
  return { kind: 'Done', version, bytes, ...(gtids ? { gtids } : {}) }
}

/** Writes how the restore ended, which decides whether the members may be made, and removes its Job. */
export const endRestore = async (
  { kubernetes, clock }: Ports,
  ref: ClusterRef,
  outcome: RestoreOutcome,
): Promise<void> => {
  const cluster = await readCluster(kubernetes, ref)
  await kubernetes.delete('Job', { namespace: ref.namespace, name: restoreJobName(ref) })
  if (!cluster || isOver(cluster)) return
  const now = new Date(clock.now()).toISOString()
  const restore: RestoreRecord | undefined =
    outcome.kind === 'Done'
      ? {
          finishedAt: now,
          version: outcome.version,
          bytes: outcome.bytes,
          ...(outcome.gtids ? { gtids: outcome.gtids } : {}),
        }
      : outcome.kind === 'Failed' && outcome.final
        ? { refused: { code: outcome.code, message: outcome.message.slice(0, 2048) } }
        : undefined
  if (!restore) return
  const { resourceVersion } = cluster.metadata
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { ...ref, resourceVersion }, status: { restore } }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-restore`, subresource: 'status' })
}
