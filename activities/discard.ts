import { BACKUP_FINALIZER, BACKUP_KIND, type MySQLBackup } from '../crds/mysqlbackup.ts'
import { KIND } from '../crds/mysqlcluster.ts'
import { MySQLClusterSpecSchema } from '../crds/mysqlcluster-spec.ts'
import { BACKUP_TRIES, backupJobName, discardJobName } from '../src/domain/backup.ts'
import { ERRORS, type ErrorCode, OperatorError } from '../src/domain/errors.ts'
import type { ObjectRef } from '../src/domain/names.ts'
import { discardJob } from '../src/domain/objects/discard-job.ts'
import { removalOf, triesRemovalAgain } from '../src/domain/removal.ts'
import { isTerminating, publishEvent } from '../src/kubernetes/events.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import { checkStore, parseBackup, writeStatus } from './backups.ts'
import { failureIn, JOB_LABEL, ownImage, watchJob } from './jobs.ts'
import type { Ports } from './ports.ts'

/** How the removal of a backup from its store, or the beginning of that, ended. */
export type DiscardOutcome =
  | { readonly kind: 'Begun' }
  /** Somebody may still write there. */
  | { readonly kind: 'Later'; readonly why: string }
  | { readonly kind: 'Removed'; readonly objects: number }
  | { readonly kind: 'Failed'; readonly code: ErrorCode; readonly detail: string; readonly hopeless?: true }
  /** There is nothing to remove. */
  | { readonly kind: 'Over' }

/** A backup that is to be removed is read although it is being deleted. */
const readGoing = async (kubernetes: Kubernetes, { namespace, name, uid }: ObjectRef) => {
  const object = await kubernetes.get(BACKUP_KIND, { namespace, name })
  return object?.metadata.uid === uid ? parseBackup(object) : undefined
}

const release = async (kubernetes: Kubernetes, { metadata }: MySQLBackup): Promise<void> => {
  const { namespace, name, resourceVersion, finalizers = [] } = metadata
  if (metadata.deletionTimestamp === undefined || !finalizers.includes(BACKUP_FINALIZER)) return
  const others = finalizers.filter((finalizer) => finalizer !== BACKUP_FINALIZER)
  await kubernetes.patch(BACKUP_KIND, { namespace, name }, { metadata: { resourceVersion, finalizers: others } })
}

/** Milliseconds since it was deleted or, where it was not, since it has failed. */
const sinceOf = ({ metadata, status }: MySQLBackup, now: number): number => {
  const at = metadata.deletionTimestamp ?? status?.finishedAt
  return at === undefined ? 0 : now - Date.parse(at)
}

/** How long pods that end are waited for. One on a lost node never tells of its end. */
const ENDING_MS = 5 * 60_000

/** The pods of the backup's own Jobs, which are told to end. */
const writers = async ({ kubernetes }: Ports, { metadata, spec }: MySQLBackup): Promise<readonly string[]> => {
  const { namespace } = metadata
  const names = Array.from({ length: BACKUP_TRIES }, (_, index) => backupJobName(spec.clusterName, metadata, index + 1))
  await Promise.all(names.map((name) => kubernetes.delete('Job', { namespace, name })))
  const pods = await Promise.all(names.map((name) => kubernetes.list('Pod', namespace, { [JOB_LABEL]: name })))
  return pods.flat().map((pod) => pod.metadata.name)
}

const failed = (error: unknown): DiscardOutcome => {
  if (!(error instanceof OperatorError)) throw error
  const { code, detail } = error
  return { kind: 'Failed', code, detail, ...(isTerminating(error) ? { hopeless: true as const } : {}) }
}

/** Begins to remove what is to be removed of a backup: the Job that does it. Where there is nothing, the MySQLBackup may go. */
export const beginDiscard = async (ports: Ports, backup: ObjectRef): Promise<DiscardOutcome> => {
  const { kubernetes, clock } = ports
  const found = await readGoing(kubernetes, backup)
  if (!found) return { kind: 'Over' }
  const { metadata, spec, status } = found
  const { location, path, phase } = status ?? {}
  const what = removalOf({
    deleting: metadata.deletionTimestamp !== undefined,
    policy: spec.deletionPolicy,
    begun: location !== undefined && path !== undefined,
    ...(phase ? { phase } : {}),
  })
  if (what === 'Nothing' || !location || !path) {
    await release(kubernetes, found)
    return { kind: 'Over' }
  }
  const busy = await writers(ports, found)
  if (busy.length > 0 && sinceOf(found, clock.now()) < ENDING_MS)
    return { kind: 'Later', why: `${busy.join(', ')} may still write` }
  const { namespace } = backup
  const cluster = await kubernetes.get(KIND, { namespace, name: spec.clusterName })
  const { pod } = MySQLClusterSpecSchema.pick({ pod: true }).parse(cluster?.['spec'] ?? {})
  const agent = await ownImage(ports)
  // What is only removed need not be read.
  const { encryption: _, ...open } = location
  try {
    await kubernetes.create(
      discardJob({ namespace, cluster: spec.clusterName, backup, what, location: open, path, pod, agent }),
    )
    await checkStore(kubernetes, namespace, open)
  } catch (error) {
    return failed(error)
  }
  return { kind: 'Begun' }
}

/** Watches the Job that removes a backup until it has ended. */
export const watchDiscard = async (ports: Ports, backup: ObjectRef): Promise<DiscardOutcome> => {
  const found = await readGoing(ports.kubernetes, backup)
  if (!found) return { kind: 'Over' }
  const key = { namespace: backup.namespace, name: discardJobName(found.spec.clusterName, backup) }
  const steps = { agent: 'what is in the store is removed' }
  const result = await watchJob(ports, key, steps, async () =>
    (await readGoing(ports.kubernetes, backup)) ? undefined : 'the MySQLBackup is gone',
  )
  return result.kind === 'Removed' ? result : { kind: 'Failed', ...failureIn(result) }
}

/** How often it is tried to sweep after a backup that failed; it is tried again when that is deleted. */
const SWEEPS = 3

/**
 * Ends a try to remove a backup. Where that has failed it says whether to try again; where it is given up an event tells what is left,
 * and the MySQLBackup goes all the same.
 */
export const endDiscard = async (
  ports: Ports,
  backup: ObjectRef,
  number: number,
  outcome: DiscardOutcome,
): Promise<{ again: boolean }> => {
  const { kubernetes, clock, instance } = ports
  const found = await readGoing(kubernetes, backup)
  if (!found) return { again: false }
  const { metadata, spec, status } = found
  const { namespace } = metadata
  await kubernetes.delete('Job', { namespace, name: discardJobName(spec.clusterName, backup) })
  if (outcome.kind === 'Failed') {
    const { code, detail, hopeless } = outcome
    const isGoing = metadata.deletionTimestamp !== undefined
    const since = sinceOf(found, clock.now())
    if (!hopeless && (isGoing ? triesRemovalAgain(code, since) : number < SWEEPS)) {
      const message = `Its objects could not be removed from the store yet: ${code}: ${detail}. ${ERRORS[code].remedy}`
      if (isGoing) await writeStatus(kubernetes, found, { message: message.slice(0, 4096) })
      return { again: true }
    }
    const note = `What is left of MySQLBackup ${metadata.name} at ${status?.path} could not be removed from its store, and stays there: ${code}: ${detail}`
    const text = { type: 'Warning', reason: 'BackupObjectsLeft', action: 'Remove', note } as const
    const now = new Date(clock.now()).toISOString()
    await publishEvent(kubernetes, { ...backup, kind: BACKUP_KIND }, text, metadata.uid, instance, now)
  }
  await release(kubernetes, found)
  return { again: false }
}
