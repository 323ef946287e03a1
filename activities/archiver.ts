import { ARCHIVE_HEALTHY, type Condition } from '../crds/condition.ts'
import { API_VERSION } from '../crds/group.ts'
import { BACKUP_KIND } from '../crds/mysqlbackup.ts'
import { KIND, type MySQLCluster } from '../crds/mysqlcluster.ts'
import type { ArchiveRecord } from '../crds/mysqlcluster-status.ts'
import { archivePath } from '../src/domain/archive.ts'
import { judgeArchive } from '../src/domain/archive-health.ts'
import { digest } from '../src/domain/digest.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { formatGtidSet, type GtidSet, parseGtidSet, subtract } from '../src/domain/gtid.ts'
import { type ClusterRef, FIELD_MANAGER, objectLabels, objectNames } from '../src/domain/names.ts'
import { archiver, archiverPolicy } from '../src/domain/objects/archiver.ts'
import type { ClusterInput } from '../src/domain/objects/cluster.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import type { Applicable } from '../src/kubernetes/port.ts'
import { readArchive } from './archive-report.ts'
import { checkStore, findBackups, parseBackup, storeOf } from './backups.ts'
import { ownImage } from './jobs.ts'
import type { Ports } from './ports.ts'

const msOf = (time: string | undefined): number | undefined => (time === undefined ? undefined : Date.parse(time))

/** The condition that follows from a record. Whoever looks at events hears when it becomes another one. */
const conditionOf = async (
  { kubernetes, clock, instance }: Ports,
  ref: ClusterRef,
  { metadata, status }: MySQLCluster,
  { seenAt, through, trouble, gap }: ArchiveRecord,
): Promise<Condition> => {
  const [heard, reached] = [msOf(seenAt), msOf(through)]
  const view = {
    ...(heard === undefined ? {} : { seenAt: heard }),
    ...(reached === undefined ? {} : { through: reached }),
    ...(trouble ? { trouble } : {}),
    ...(gap ? { gap } : {}),
  }
  const now = new Date(clock.now()).toISOString()
  const health = judgeArchive(view, clock.now())
  const before = status?.conditions?.find(({ type }) => type === ARCHIVE_HEALTHY)
  const lastTransitionTime = before?.status === health.status ? before.lastTransitionTime : now
  if (before && before.reason !== health.reason) {
    const type = health.status === 'False' ? 'Warning' : 'Normal'
    const text = { type, reason: health.reason, action: 'Archive', note: health.message } as const
    await publishEvent(kubernetes, ref, text, `${before.reason} ${before.lastTransitionTime}`, instance, now)
  }
  return { type: ARCHIVE_HEALTHY, ...health, lastTransitionTime, observedGeneration: metadata.generation }
}

const writeRecord = async (
  ports: Ports,
  ref: ClusterRef,
  cluster: MySQLCluster,
  archive: ArchiveRecord | undefined,
): Promise<void> => {
  const conditions = archive ? [await conditionOf(ports, ref, cluster, archive)] : []
  const before = cluster.status?.conditions?.filter(({ type }) => type === ARCHIVE_HEALTHY) ?? []
  if (JSON.stringify([cluster.status?.archive, before]) === JSON.stringify([archive, conditions])) return
  const { kubernetes } = ports
  const { namespace, name, uid } = ref
  const status = archive ? { archive, conditions } : {}
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name, uid }, status }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-archive`, subresource: 'status' })
}

/** Removes the pod that archives. What is in the store stays. */
const removeArchiver = async (ports: Ports, ref: ClusterRef, cluster: MySQLCluster): Promise<void> => {
  const { kubernetes } = ports
  const key = { namespace: ref.namespace, name: objectNames(ref.name).archiver }
  const found = await kubernetes.get('Deployment', key)
  if (found?.metadata.ownerReferences?.some(({ uid }) => uid === ref.uid))
    await kubernetes.delete('Deployment', key, found.metadata.uid)
  await writeRecord(ports, ref, cluster, undefined)
}

/** So often a backup is begun to close one gap. */
const TRIES = 5

/** Asks for the backup from which on every point can be restored again, unless one is under way. */
const closeGap = async ({ kubernetes }: Ports, ref: ClusterRef, gap: string, store: string): Promise<void> => {
  if ((await findBackups(kubernetes, ref)).length > 0) return
  const { namespace } = ref
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const metadata = { namespace, name: `${ref.name}-gap-${digest(gap)}-${attempt}`, labels: objectLabels(ref.name) }
    const spec = { clusterName: ref.name, store }
    const object = { apiVersion: API_VERSION, kind: BACKUP_KIND, metadata, spec }
    if ((await kubernetes.create(object)) === 'created') return
  }
}

/** What stands in the way of archiving, as its record tells. */
const troubleOf = (error: unknown): ArchiveRecord['trouble'] => {
  if (!(error instanceof OperatorError) || error.retryable) throw error
  return { code: error.code, message: error.detail.slice(0, 1024) }
}

/** What the pod that archives says of itself, as the record tells it; nothing where it does not answer. */
const seen = async (ports: Ports, ref: ClusterRef): Promise<Partial<ArchiveRecord>> => {
  const { kubernetes, clock, askArchive } = ports
  const report = askArchive && (await readArchive(kubernetes, ref, askArchive))
  if (!report) return {}
  const { through, source, trouble, skipped } = report
  const gap = formatGtidSet(subtract(parseGtidSet(skipped ?? ''), await newestBase(ports, ref)))
  return {
    seenAt: new Date(clock.now()).toISOString(),
    ...(through ? { through } : {}),
    ...(source ? { source } : {}),
    ...(trouble ? { trouble: { code: trouble.code, message: trouble.message.slice(0, 1024) } } : {}),
    ...(gap === '' ? {} : { gap: gap.slice(0, 4096) }),
  }
}

/** The transactions that the newest good backup holds. */
const newestBase = async ({ kubernetes }: Ports, ref: ClusterRef): Promise<GtidSet> => {
  const found = (await kubernetes.list(BACKUP_KIND, ref.namespace, {})).flatMap((object) => parseBackup(object) ?? [])
  const [newest] = found
    .filter(({ spec, status }) => spec.clusterName === ref.name && status?.phase === 'Completed' && status.gtids)
    .toSorted((a, b) => Date.parse(b.status?.startedAt ?? '') - Date.parse(a.status?.startedAt ?? ''))
  return parseGtidSet(newest?.status?.gtids ?? '')
}

/**
 * Keeps the pod that archives the binary log where `spec.backup.pointInTime` asks for it, and removes it where it does not any more. A
 * store that cannot be used is put on record, and holds nothing else up. The record is there before the pod, so that no pod is forgotten.
 */
export const keepArchiver = async (ports: Ports, input: ClusterInput, cluster: MySQLCluster): Promise<void> => {
  const { kubernetes, operatorNamespace } = ports
  const { ref, spec } = input
  const asked = spec.backup?.pointInTime
  if (!asked) return cluster.status?.archive ? removeArchiver(ports, ref, cluster) : undefined
  const location = storeOf(spec, asked.store)
  const store = asked.store ?? spec.backup?.stores[0]?.name ?? ''
  const trouble = await checkStore(kubernetes, ref.namespace, location).then(() => undefined, troubleOf)
  const { seenAt, through, source } = cluster.status?.archive ?? {}
  const known = { ...(seenAt ? { seenAt } : {}), ...(through ? { through } : {}), ...(source ? { source } : {}) }
  const record: ArchiveRecord = {
    ...{ store, path: archivePath(ref), ...known, ...(await seen(ports, ref)) },
    ...(trouble ? { trouble } : {}),
  }
  await writeRecord(ports, ref, cluster, record)
  if (record.gap) await closeGap(ports, ref, record.gap, store)
  if (trouble) return
  const made: Applicable[] = [
    archiverPolicy(input, operatorNamespace),
    archiver({ ...input, location, agent: await ownImage(ports) }),
  ]
  for (const object of made) await kubernetes.apply(object, { manager: FIELD_MANAGER })
}
