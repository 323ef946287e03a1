import { BACKUP_HEALTHY, type Condition } from '../crds/condition.ts'
import { API_VERSION, GROUP } from '../crds/group.ts'
import { BACKUP_KIND, type MySQLBackup } from '../crds/mysqlbackup.ts'
import { KIND, type MySQLCluster } from '../crds/mysqlcluster.ts'
import type { MySQLClusterStatus, ScheduleRecord } from '../crds/mysqlcluster-status.ts'
import { judgeBackups, type ScheduledBackup, type ScheduleView } from '../src/domain/backup-health.ts'
import { type ClusterRef, FIELD_MANAGER } from '../src/domain/names.ts'
import type { Kept } from '../src/domain/retention.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import { parseBackup } from './backups.ts'
import { readCluster } from './cluster.ts'
import type { Ports } from './ports.ts'

/** On a MySQLBackup: the schedule that made it. */
export const SCHEDULE_LABEL = `${GROUP}/schedule`

const stateOf = ({ status }: MySQLBackup): Kept['state'] => {
  if (status?.phase === 'Failed') return 'Failed'
  if (status?.phase !== 'Completed') return 'UnderWay'
  const verified = status.conditions?.find(({ type }) => type === 'Verified')
  return verified?.status === 'True' ? 'Verified' : verified?.status === 'False' ? 'Broken' : 'Good'
}

/** All backups of a cluster that are not being deleted. */
export const backupsOf = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<readonly ScheduledBackup[]> =>
  (await kubernetes.list(BACKUP_KIND, ref.namespace, {}))
    .flatMap((object) => parseBackup(object) ?? [])
    .filter(({ spec, metadata }) => spec.clusterName === ref.name && metadata.deletionTimestamp === undefined)
    .map((backup) => {
      const { metadata, status } = backup
      const schedule = metadata.labels?.[SCHEDULE_LABEL]
      return {
        name: metadata.name,
        state: stateOf(backup),
        startedAt: Date.parse(status?.startedAt ?? metadata.creationTimestamp),
        finishedAt: Date.parse(status?.finishedAt ?? metadata.creationTimestamp),
        ...(schedule ? { schedule } : {}),
      }
    })

const newest = (backups: readonly ScheduledBackup[], states: readonly Kept['state'][]): ScheduledBackup | undefined =>
  backups.filter(({ state }) => states.includes(state)).toSorted((a, b) => b.finishedAt - a.finishedAt)[0]

const at = (ms: number): string => new Date(ms).toISOString()

const lastOf = (backups: readonly ScheduledBackup[]): MySQLClusterStatus => {
  const last = newest(backups, ['Good', 'Verified', 'Broken', 'Failed'])
  const good = newest(backups, ['Good', 'Verified'])
  const verified = newest(backups, ['Verified'])
  const phase = last?.state === 'Failed' ? 'Failed' : 'Completed'
  return {
    ...(last
      ? {
          lastBackup: {
            ...{ name: last.name, phase, finishedAt: at(last.finishedAt) },
            ...(last.schedule ? { schedule: last.schedule } : {}),
          },
        }
      : {}),
    ...(good ? { lastGoodBackup: { name: good.name, startedAt: at(good.startedAt) } } : {}),
    ...(verified ? { lastVerifiedBackup: { name: verified.name, startedAt: at(verified.startedAt) } } : {}),
  }
}

const viewsOf = (
  { spec }: MySQLCluster,
  records: readonly ScheduleRecord[],
  paused: ReadonlySet<string>,
): readonly ScheduleView[] =>
  (spec.backup?.schedules ?? []).map(({ name, suspend }) => {
    const { dueAt, refused } = records.find((record) => record.name === name) ?? {}
    return {
      ...{ name, suspended: suspend, paused: paused.has(name) },
      ...(dueAt ? { dueAt: Date.parse(dueAt) } : {}),
      ...(refused ? { refused } : {}),
    }
  })

const conditionsOf = (
  cluster: MySQLCluster,
  views: readonly ScheduleView[],
  backups: readonly ScheduledBackup[],
  now: number,
): Condition[] => {
  if (views.length === 0) return []
  const health = judgeBackups(views, backups, now)
  const before = cluster.status?.conditions?.find(({ type }) => type === BACKUP_HEALTHY)
  const lastTransitionTime = before?.status === health.status ? before.lastTransitionTime : at(now)
  return [{ type: BACKUP_HEALTHY, ...health, lastTransitionTime, observedGeneration: cluster.metadata.generation }]
}

/**
 * Writes into the status of a cluster what its backups are like: the last ones, and whether there are those that its schedules
 * promise. `records` are what is known of the schedules; as they were when absent.
 */
export const noteBackups = async (
  { kubernetes, clock }: Ports,
  ref: ClusterRef,
  records?: readonly ScheduleRecord[],
  paused: ReadonlySet<string> = new Set(),
): Promise<void> => {
  const [cluster, backups] = await Promise.all([readCluster(kubernetes, ref), backupsOf(kubernetes, ref)])
  if (!cluster || cluster.metadata.deletionTimestamp) return
  const schedules = [...(records ?? cluster.status?.schedules ?? [])]
  const conditions = conditionsOf(cluster, viewsOf(cluster, schedules, paused), backups, clock.now())
  const status = { ...lastOf(backups), schedules, conditions }
  const { lastBackup, lastGoodBackup, lastVerifiedBackup, schedules: known = [] } = cluster.status ?? {}
  const before = {
    ...(lastBackup ? { lastBackup } : {}),
    ...(lastGoodBackup ? { lastGoodBackup } : {}),
    ...(lastVerifiedBackup ? { lastVerifiedBackup } : {}),
    schedules: known,
    conditions: cluster.status?.conditions?.filter(({ type }) => type === BACKUP_HEALTHY) ?? [],
  }
  const shown = (given: typeof status): string =>
    JSON.stringify({ ...given, conditions: given.conditions.map(({ observedGeneration: _, ...rest }) => rest) })
  if (shown(before) === shown(status)) return
  const { resourceVersion } = cluster.metadata
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { ...ref, resourceVersion }, status }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-backups`, subresource: 'status' })
}
