import type { MySQLBackupStatus } from '../crds/mysqlbackup.ts'
import type { Result } from '../src/agent/result.ts'
import {
  BACKUP_TRIES,
  type BackupRef,
  backupJobName,
  backupPath,
  backupWorkflowId,
  chooseDonor,
} from '../src/domain/backup.ts'
import { stateOf } from '../src/domain/cluster-state.ts'
import { ERRORS, OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, objectNames } from '../src/domain/names.ts'
import { backupJob } from '../src/domain/objects/backup-job.ts'
import { REQUEST_VOLUME } from '../src/domain/objects/pod.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import { noteBackups } from './backup-health.ts'
import {
  awaitsProof,
  checkStore,
  hasEnded,
  holdBackup,
  readBackup,
  storeOf,
  tellBackup,
  writeStatus,
} from './backups.ts'
import { readCluster } from './cluster.ts'
import { evidence } from './group.ts'
import { failureIn, ownImage, watchJob } from './jobs.ts'
import type { Ports } from './ports.ts'

/** Which try of which backup. */
export interface Attempt {
  readonly backup: BackupRef
  readonly number: number
}

/** How the beginning of a try ended. Later: nobody can be copied now. Over: there is nothing to do any more. */
export type Begun =
  | { readonly kind: 'Begun'; readonly donor: string }
  | { readonly kind: 'Later'; readonly why: string }
  /** It is made already, and was not verified as it asks for. */
  | { readonly kind: 'Made' }
  | { readonly kind: 'Over'; readonly why: string }

/** How a backup, or a try of one, ended. `left`: something of it may be in the store. */
export type BackupOutcome =
  | { readonly kind: 'Completed'; readonly status: MySQLBackupStatus }
  | { readonly kind: 'Failed'; readonly message: string; readonly again: boolean; readonly left?: true }

/** The ConfigMap that the members have their settings from: it may be an older one than would be made today. */
export const configMapOf = (statefulSet: Kinds['StatefulSet'] | undefined): string | undefined =>
  statefulSet?.spec?.template.spec?.volumes?.find(({ name }) => name === 'config')?.configMap?.name

/**
 * Begins a try of a backup: chooses whom to copy, and makes the Job. A Job that a run before this one made is left as it is. Throws
 * what the person who asked has to mend.
 */
export const beginBackup = async (ports: Ports, ref: ClusterRef, { backup, number }: Attempt): Promise<Begun> => {
  const { kubernetes } = ports
  const found = await readBackup(kubernetes, ref, backup)
  if (found && awaitsProof(found)) return { kind: 'Made' }
  if (!found || hasEnded(found)) return { kind: 'Over', why: 'the MySQLBackup is gone, or has ended' }
  const { cluster, snapshot } = await evidence(ports, ref)
  const location = found.status?.location ?? storeOf(cluster.spec, found.spec.store)
  await checkStore(kubernetes, ref.namespace, location)
  const now = new Date(ports.clock.now()).toISOString()
  const { startedAt = now } = found.status ?? {}
  const workflow = { id: backupWorkflowId(ref, backup) }
  const name = backupJobName(ref.name, backup, number)
  if (await kubernetes.get('Job', { namespace: ref.namespace, name }))
    return { kind: 'Begun', donor: found.status?.donor ?? '' }
  const donor = chooseDonor(snapshot, stateOf(snapshot))
  if (donor.kind === 'None') {
    await tellBackup(kubernetes, ref, backup, { phase: 'Pending', message: `Not yet: ${donor.why}.`, workflow })
    return { kind: 'Later', why: donor.why }
  }
  const configMap = configMapOf(
    await kubernetes.get('StatefulSet', { namespace: ref.namespace, name: objectNames(ref.name).statefulSet }),
  )
  if (!configMap) return { kind: 'Later', why: `the members have no volume config (beside ${REQUEST_VOLUME})` }
  await tellBackup(kubernetes, ref, backup, {
    phase: 'Running',
    message: `Copying ${donor.pod}${number > 1 ? `, try ${number} of ${BACKUP_TRIES}` : ''}.`,
    ...{ startedAt, workflow, location, donor: donor.pod, path: backupPath(ref, backup) },
  })
  await holdBackup(kubernetes, ref, backup)
  const agent = await ownImage(ports)
  const { domain } = ports
  const input = { ref, spec: cluster.spec, domain, backup, attempt: number, donor, location, configMap, agent }
  await kubernetes.create(backupJob(input))
  return { kind: 'Begun', donor: donor.pod }
}

const completed = ({ kind: _, ...result }: Result & { kind: 'Succeeded' }): BackupOutcome => ({
  kind: 'Completed',
  status: { ...result },
})

/** Watches the Job of a try, and tells in the MySQLBackup what it does. A copy that failed may be made anew; what a store refused is refused. */
export const watchBackup = async (
  ports: Ports,
  ref: ClusterRef,
  { backup, number }: Attempt,
): Promise<BackupOutcome> => {
  const { kubernetes } = ports
  const key = { namespace: ref.namespace, name: backupJobName(ref.name, backup, number) }
  const steps = { mysql: 'a member is copied', agent: 'the copy is brought to the store' }
  let told = ''
  let final = false
  const result = await watchJob(ports, key, steps, async (doing) => {
    const [found, cluster] = await Promise.all([readBackup(kubernetes, ref, backup), readCluster(kubernetes, ref)])
    final = !found || !cluster || cluster.metadata.deletionTimestamp !== undefined
    if (!found) return 'the MySQLBackup was deleted'
    if (final) return 'the cluster is being deleted'
    if (doing !== told && doing !== 'begins')
      await tellBackup(kubernetes, ref, backup, { message: `Under way: ${doing}.` })
    told = doing
    return undefined
  })
  if (result.kind === 'Succeeded') return completed(result)
  const { code, detail } = failureIn(result)
  const again = !final && ERRORS[code].retryable
  const message = `${code}: ${detail}. ${again ? '' : ERRORS[code].remedy}`.trim()
  // An agent that can tell why it failed has removed what it sent.
  return { kind: 'Failed', message, again, ...(ERRORS[code].retryable ? { left: true as const } : {}) }
}

/** Removes the Job of a try, and with it its pod and the volume of that. */
export const removeBackupJob = async ({ kubernetes }: Ports, ref: ClusterRef, attempt: Attempt): Promise<void> => {
  const name = backupJobName(ref.name, attempt.backup, attempt.number)
  await kubernetes.delete('Job', { namespace: ref.namespace, name })
}

/** What is still to be done about a backup that has ended. */
export interface Ended {
  readonly verify: boolean
  /** What it has left in the store is to be removed. */
  readonly sweep?: true
}

/** Writes how a backup ended, into the MySQLBackup and as an event, and removes what it was made with. */
export const endBackup = async (
  ports: Ports,
  ref: ClusterRef,
  backup: BackupRef,
  outcome: BackupOutcome,
): Promise<Ended> => {
  const { kubernetes, clock, instance } = ports
  for (let number = 1; number <= BACKUP_TRIES; number += 1) await removeBackupJob(ports, ref, { backup, number })
  const finishedAt = new Date(clock.now()).toISOString()
  const isDone = outcome.kind === 'Completed'
  const message = isDone
    ? `A copy of ${outcome.status.donor} is in the store: ${outcome.status.bytes} bytes of data in ${outcome.status.parts} parts.`
    : outcome.message
  const note = `MySQLBackup ${backup.name}: ${message}`
  const text = isDone
    ? ({ type: 'Normal', reason: 'BackupCompleted', action: 'BackUp', note } as const)
    : ({ type: 'Warning', reason: 'BackupFailed', action: 'BackUp', note } as const)
  const found = await readBackup(kubernetes, ref, backup)
  if (found && !hasEnded(found)) {
    await publishEvent(kubernetes, ref, text, backup.uid, instance, finishedAt)
    await writeStatus(kubernetes, found, {
      ...(isDone ? outcome.status : {}),
      phase: outcome.kind,
      message: message.slice(0, 4096),
      finishedAt,
    })
  }
  await noteBackups(ports, ref)
  const ended = await readBackup(kubernetes, ref, backup)
  const isLeft = outcome.kind === 'Failed' && outcome.left && ended?.status?.path !== undefined
  return { verify: ended !== undefined && awaitsProof(ended), ...(isLeft ? { sweep: true as const } : {}) }
}

/** Throws what a person has to know who asks for a backup that cannot be made. */
export const judgeBackup = async (ports: Ports, ref: ClusterRef, store: string | undefined): Promise<void> => {
  const cluster = await readCluster(ports.kubernetes, ref)
  if (!cluster || cluster.metadata.deletionTimestamp)
    throw new OperatorError('RequestRefused', 'the cluster is being deleted')
  if (cluster.spec.paused) throw new OperatorError('RequestRefused', 'the cluster is paused (spec.paused)')
  await checkStore(ports.kubernetes, ref.namespace, storeOf(cluster.spec, store))
}
