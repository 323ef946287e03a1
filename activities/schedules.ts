import type { Schedule } from '../crds/backup-schedule.ts'
import { API_VERSION } from '../crds/group.ts'
import { BACKUP_KIND } from '../crds/mysqlbackup.ts'
import type { MySQLCluster } from '../crds/mysqlcluster.ts'
import type { ScheduleRecord } from '../crds/mysqlcluster-status.ts'
import { sleep } from '../src/clock.ts'
import type { BackupRef } from '../src/domain/backup.ts'
import { isMet, type ScheduledBackup } from '../src/domain/backup-health.ts'
import { digest } from '../src/domain/digest.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, scheduleId } from '../src/domain/names.ts'
import { ageOf, expired } from '../src/domain/retention.ts'
import type { Applicable } from '../src/kubernetes/port.ts'
import type { FoundSchedule } from '../src/temporal/schedules.ts'
import { backupsOf, noteBackups, SCHEDULE_LABEL } from './backup-health.ts'
import { awaitsProof, hasEnded, readBackup } from './backups.ts'
import { beating } from './beating.ts'
import { readCluster } from './cluster.ts'
import type { Ports } from './ports.ts'

const wantedOf = (ref: ClusterRef, { name, cron, timeZone, suspend }: Schedule) => ({
  ...{ cron, timeZone, suspend },
  input: { ref, schedule: name },
  summary: `${ref.namespace}/${ref.name}: backup by schedule ${name}`,
})

/** When the next backup is due: what was due and was not made stays due. */
const dueOf = (
  name: string,
  before: ScheduleRecord | undefined,
  { nextAt }: FoundSchedule,
  backups: readonly ScheduledBackup[],
  now: number,
): { dueAt?: string } => {
  const dueAt = before?.dueAt ? Date.parse(before.dueAt) : undefined
  const isOpen = dueAt !== undefined && dueAt <= now && !isMet(name, dueAt, backups)
  const next = isOpen ? dueAt : nextAt
  return next === undefined ? {} : { dueAt: new Date(next).toISOString() }
}

interface Kept {
  readonly record: ScheduleRecord
  readonly paused: boolean
}

/** Makes a schedule as it is declared, unless it is that already. */
const keep = async (
  ports: Ports,
  ref: ClusterRef,
  schedule: Schedule,
  before: ScheduleRecord | undefined,
  backups: readonly ScheduledBackup[],
): Promise<Kept> => {
  const { name } = schedule
  const id = scheduleId(ref, name)
  const wanted = wantedOf(ref, schedule)
  const declared = digest(wanted)
  try {
    const found = await ports.schedules.find(id)
    const isAsMade = found !== undefined && before?.declared === declared && before.found === found.digest
    const made = isAsMade ? found : await ports.schedules.put(id, wanted)
    // Another time of day makes another backup due.
    const due = dueOf(name, before?.declared === declared ? before : undefined, made, backups, ports.clock.now())
    return { record: { name, declared, found: made.digest, ...due }, paused: made.paused && !schedule.suspend }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    // The cluster must not suffer from it, and whoever looks at its backups learns of it.
    const { code, detail } = error
    return { record: { name, ...before, refused: `${code}: ${detail}`.slice(0, 1024) }, paused: false }
  }
}

/** Brings the schedules of a cluster to what is declared: made, changed, put back, removed. Costs nothing where there are none. */
export const keepSchedules = async (ports: Ports, ref: ClusterRef, { spec, status }: MySQLCluster): Promise<void> => {
  const declared = spec.backup?.schedules ?? []
  const known = status?.schedules ?? []
  if (declared.length + known.length === 0) return
  const backups = await backupsOf(ports.kubernetes, ref)
  const gone = known.filter(({ name }) => !declared.some((schedule) => schedule.name === name))
  for (const { name } of gone) await ports.schedules.remove(scheduleId(ref, name))
  const kept = await Promise.all(
    declared.map((schedule) => {
      const record = known.find(({ name }) => name === schedule.name)
      const { refused: _, ...before } = record ?? { name: schedule.name }
      return keep(ports, ref, schedule, record && before, backups)
    }),
  )
  const paused = kept.filter((one) => one.paused).map(({ record }) => record.name)
  await noteBackups(
    ports,
    ref,
    kept.map(({ record }) => record),
    new Set(paused),
  )
}

/** Removes all schedules of a cluster that goes. */
export const removeSchedules = async (
  { schedules }: Ports,
  ref: ClusterRef,
  { spec, status }: MySQLCluster,
): Promise<void> => {
  const names = [...(spec.backup?.schedules ?? []), ...(status?.schedules ?? [])].map(({ name }) => name)
  for (const name of new Set(names)) await schedules.remove(scheduleId(ref, name))
}

export type ScheduledAsk =
  | { readonly kind: 'Asked'; readonly backup: BackupRef }
  | { readonly kind: 'Over'; readonly why: string }

/** Makes the MySQLBackup that a schedule is there for. A schedule whose cluster is gone removes itself. */
export const askScheduled = async (
  ports: Ports,
  ref: ClusterRef,
  name: string,
  backup: string,
): Promise<ScheduledAsk> => {
  const { kubernetes } = ports
  const { namespace } = ref
  const cluster = await readCluster(kubernetes, ref)
  const schedule = cluster?.spec.backup?.schedules?.find((one) => one.name === name)
  if (!cluster || cluster.metadata.deletionTimestamp || !schedule) {
    await ports.schedules.remove(scheduleId(ref, name))
    return { kind: 'Over', why: 'there is no such schedule any more: it was removed' }
  }
  if (cluster.spec.paused) return { kind: 'Over', why: 'the cluster is paused (spec.paused)' }
  const { store, verify } = schedule
  await kubernetes.create({
    apiVersion: API_VERSION,
    kind: BACKUP_KIND,
    metadata: { name: backup, namespace, labels: { [SCHEDULE_LABEL]: name } },
    spec: { clusterName: ref.name, verify, deletionPolicy: 'Delete', ...(store ? { store } : {}) },
  } as Applicable)
  const uid = (await kubernetes.get(BACKUP_KIND, { namespace, name: backup }))?.metadata.uid
  return uid ? { kind: 'Asked', backup: { name: backup, uid } } : { kind: 'Over', why: `MySQLBackup ${backup} is gone` }
}

const LOOK_MS = 5_000

/** Waits until a backup has ended, its verification included. */
export const awaitBackup = (ports: Ports, ref: ClusterRef, backup: BackupRef): Promise<{ phase: string }> => {
  let phase = 'Pending'
  return beating(
    ports,
    () => `${backup.name}: ${phase}`,
    async () => {
      for (;;) {
        const found = await readBackup(ports.kubernetes, ref, backup)
        if (!found || !(await readCluster(ports.kubernetes, ref))) return { phase: 'Gone' }
        phase = found.status?.phase ?? 'Pending'
        if (hasEnded(found) && !awaitsProof(found)) return { phase }
        await sleep(ports.clock, LOOK_MS)
      }
    },
  )
}

/** Deletes the backups of a schedule that are too many or too old, and notes what there is. */
export const retire = async (ports: Ports, ref: ClusterRef, name: string): Promise<{ deleted: string[] }> => {
  const { kubernetes, clock } = ports
  const cluster = await readCluster(kubernetes, ref)
  const { count, age } = cluster?.spec.backup?.schedules?.find((one) => one.name === name)?.retention ?? {}
  const backups = (await backupsOf(kubernetes, ref)).filter(({ schedule }) => schedule === name)
  const rule = { ...(count ? { count } : {}), ...(age ? { ageMs: ageOf(age) } : {}) }
  const deleted = [...expired(backups, rule, clock.now())]
  for (const one of deleted) await kubernetes.delete(BACKUP_KIND, { namespace: ref.namespace, name: one })
  await noteBackups(ports, ref)
  return { deleted }
}
