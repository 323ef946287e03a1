import type { Condition } from '../crds/condition.ts'
import type { MySQLBackup } from '../crds/mysqlbackup.ts'
import type { Proof } from '../src/agent/verify.ts'
import { type BackupRef, VERIFY_TRIES, verifyJobName } from '../src/domain/backup.ts'
import { ERRORS, type ErrorCode } from '../src/domain/errors.ts'
import { type ClusterRef, objectNames } from '../src/domain/names.ts'
import { verifyJob } from '../src/domain/objects/verify-job.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import { type Attempt, configMapOf } from './backup.ts'
import { noteBackups } from './backup-health.ts'
import { awaitsProof, checkStore, readBackup, writeStatus } from './backups.ts'
import { readCluster } from './cluster.ts'
import { failureIn, ownImage, watchJob } from './jobs.ts'
import type { Ports } from './ports.ts'

/** Over: there is nothing to verify any more, or nothing to verify it with. */
export type VerificationBegun = { readonly kind: 'Begun' } | { readonly kind: 'Over'; readonly why: string }

/** What a verification found. Failed by BackupBroken is a finding; after another failure the backup may be whole. */
export type VerificationOutcome =
  | { readonly kind: 'Verified'; readonly proof: Proof }
  | { readonly kind: 'Failed'; readonly code: ErrorCode; readonly message: string; readonly again: boolean }

const STEPS = {
  unpack: 'the backup is restored to a server of its own',
  mysql: 'its tables are checked',
  agent: 'what they hold is compared with the manifest',
}

const conditionOf = (
  { metadata, status }: MySQLBackup,
  condition: Pick<Condition, 'status' | 'reason' | 'message'>,
  now: string,
): Condition => {
  const before = status?.conditions?.find(({ type }) => type === 'Verified')
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : now
  const { generation } = metadata
  return {
    type: 'Verified',
    ...condition,
    lastTransitionTime,
    ...(generation ? { observedGeneration: generation } : {}),
  }
}

/** Begins to verify a backup that is made: the Job that restores it where nobody connects to it. */
export const beginVerification = async (
  ports: Ports,
  ref: ClusterRef,
  { backup, number }: Attempt,
): Promise<VerificationBegun> => {
  const { kubernetes, clock } = ports
  const [found, cluster, statefulSet] = await Promise.all([
    readBackup(kubernetes, ref, backup),
    readCluster(kubernetes, ref),
    kubernetes.get('StatefulSet', { namespace: ref.namespace, name: objectNames(ref.name).statefulSet }),
  ])
  const { location, path } = found?.status ?? {}
  if (!found || !awaitsProof(found) || !location || !path)
    return { kind: 'Over', why: 'the MySQLBackup is gone, or need not be verified' }
  const configMap = configMapOf(statefulSet)
  if (!cluster || cluster.metadata.deletionTimestamp || !configMap)
    return { kind: 'Over', why: 'the cluster whose settings it needs is gone' }
  await checkStore(kubernetes, ref.namespace, location)
  const now = new Date(clock.now()).toISOString()
  const message = 'The backup is restored to a server of its own, to be compared with what was copied.'
  await writeStatus(kubernetes, found, {
    verification: { startedAt: found.status?.verification?.startedAt ?? now },
    conditions: [conditionOf(found, { status: 'Unknown', reason: 'Verifying', message }, now)],
  })
  const agent = await ownImage(ports)
  const { spec } = cluster
  await kubernetes.create(verifyJob({ ref, spec, backup, attempt: number, location, path, configMap, agent }))
  return { kind: 'Begun' }
}

/** Watches the Job of a verification until it has ended. */
export const watchVerification = async (
  ports: Ports,
  ref: ClusterRef,
  { backup, number }: Attempt,
): Promise<VerificationOutcome> => {
  const key = { namespace: ref.namespace, name: verifyJobName(ref.name, backup, number) }
  let final = false
  const result = await watchJob(ports, key, STEPS, async () => {
    final = (await readBackup(ports.kubernetes, ref, backup)) === undefined
    return final ? 'the MySQLBackup was deleted' : undefined
  })
  if (result.kind === 'Succeeded' && result.proof) return { kind: 'Verified', proof: result.proof }
  const { code, detail } = failureIn(result)
  return { kind: 'Failed', code, message: `${code}: ${detail}`, again: !final && ERRORS[code].retryable }
}

/** Removes the Job of a try, and with it its pod and the volume of that. */
export const removeVerifyJob = async ({ kubernetes }: Ports, ref: ClusterRef, attempt: Attempt): Promise<void> => {
  const name = verifyJobName(ref.name, attempt.backup, attempt.number)
  await kubernetes.delete('Job', { namespace: ref.namespace, name })
}

const sentenceOf = (outcome: VerificationOutcome): Pick<Condition, 'status' | 'reason' | 'message'> => {
  if (outcome.kind === 'Failed') {
    const status = outcome.code === 'BackupBroken' || outcome.code === 'BackupMissing' ? 'False' : 'Unknown'
    return { status, reason: outcome.code, message: `${outcome.message}. ${ERRORS[outcome.code].remedy}` }
  }
  const { checked, compared, rows } = outcome.proof
  const message = `It was restored: its transactions are those of the manifest, CHECK TABLE found nothing wrong in ${checked} tables, and ${rows} rows of ${compared} tables are the same as when they were copied.`
  return { status: 'True', reason: 'Verified', message }
}

/** Writes what a verification found, into the MySQLBackup and as an event, and removes what it was made with. */
export const endVerification = async (
  ports: Ports,
  ref: ClusterRef,
  backup: BackupRef,
  outcome: VerificationOutcome,
): Promise<void> => {
  const { kubernetes, clock, instance } = ports
  for (let number = 1; number <= VERIFY_TRIES; number += 1) await removeVerifyJob(ports, ref, { backup, number })
  const found = await readBackup(kubernetes, ref, backup)
  if (!found) return
  // A run before this one may have come only as far as this.
  if (!awaitsProof(found)) return noteBackups(ports, ref)
  const now = new Date(clock.now()).toISOString()
  const said = sentenceOf(outcome)
  const note = `MySQLBackup ${backup.name}: ${said.message}`
  const [type, reason] =
    said.status === 'True' ? (['Normal', 'BackupVerified'] as const) : (['Warning', 'BackupNotVerified'] as const)
  await publishEvent(kubernetes, ref, { type, reason, action: 'Verify', note }, backup.uid, instance, now)
  const proof = outcome.kind === 'Verified' ? outcome.proof : undefined
  await writeStatus(kubernetes, found, {
    verification: {
      startedAt: found.status?.verification?.startedAt ?? now,
      finishedAt: now,
      ...(proof ? { tablesChecked: proof.checked, tablesCompared: proof.compared, rowsCompared: proof.rows } : {}),
    },
    conditions: [conditionOf(found, { ...said, message: said.message.slice(0, 4096) }, now)],
  })
  await noteBackups(ports, ref)
}
