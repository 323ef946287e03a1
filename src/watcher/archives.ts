import { ARCHIVE_HEALTHY } from '../../crds/condition.ts'
import type { KIND } from '../../crds/mysqlcluster.ts'
import type { MySQLClusterSpec } from '../../crds/mysqlcluster-spec.ts'
import type { MySQLClusterStatus } from '../../crds/mysqlcluster-status.ts'
import type { Clock } from '../clock.ts'
import type { ArchiveReport } from '../domain/archive-report.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'
import type { Kinds } from '../kubernetes/kinds.ts'
import type { Tell } from '../temporal/notifier.ts'
import { refOf } from './watcher.ts'

const LOOK_MS = 30_000
/** Further behind than this is news: the archive is meant to be nearer. */
const LATE_MS = 30_000

/** A cluster whose binary log is archived, and whether its status says that all is well with that. */
export interface Archived {
  readonly ref: ClusterRef
  readonly isHealthy: boolean
}

export interface ArchiveLookOptions {
  readonly clock: Clock
  readonly clusters: () => readonly Archived[]
  /** What the pod that archives tells of itself; undefined when it does not answer. */
  readonly look: (ref: ClusterRef) => Promise<ArchiveReport | undefined>
  readonly tell: Tell
  readonly signal: AbortSignal
}

/** What of a MySQLCluster matters here; undefined where no binary log is archived. */
export const archivedOf = (cluster: Kinds[typeof KIND]): Archived | undefined => {
  const { spec, status } = cluster as { spec?: Partial<MySQLClusterSpec>; status?: MySQLClusterStatus }
  if (!spec?.backup?.pointInTime || cluster.metadata.deletionTimestamp) return undefined
  const isHealthy = status?.conditions?.find(({ type }) => type === ARCHIVE_HEALTHY)?.status === 'True'
  return { ref: refOf(cluster), isHealthy }
}

/** What is worth telling of a report: the same text for the same thing, nothing when all is well. */
const newsOf = (report: ArchiveReport | undefined, now: number): string => {
  if (!report) return 'the pod that archives does not answer'
  const { trouble, through, skipped = '' } = report
  if (trouble) return `the archive does not get on: ${trouble.code}`
  const isLate = through === undefined || now - Date.parse(through) > LATE_MS
  return [...(isLate ? ['the archive is behind'] : []), ...(skipped ? [`the archive lacks ${skipped}`] : [])].join('; ')
}

/**
 * Tells the workflow of a cluster when its archive gets into trouble, and looks with it again every half a minute until its
 * status says that all is well. A cluster whose archive gets on is left alone.
 */
export const startArchiveLook = ({ clock, clusters, look, tell, signal }: ArchiveLookOptions): void => {
  let known = new Map<string, string>()

  const lookAt = async ({ ref, isHealthy }: Archived): Promise<readonly [string, string]> => {
    const id = workflowId(ref)
    const before = known.get(id) ?? ''
    const news = await look(ref).then(
      (report) => newsOf(report, clock.now()),
      // Whatever keeps us from looking says nothing about the archive.
      () => before,
    )
    if (!signal.aborted && (news !== before || !isHealthy))
      tell(ref, { why: news || 'the archive gets on', objects: true })
    return [id, news]
  }

  let stop = (): void => undefined
  const next = (): void => {
    if (signal.aborted) return
    stop = clock.after(LOOK_MS, () => {
      void Promise.all(clusters().map(lookAt)).then((found) => {
        known = new Map(found)
        next()
      }, next)
    })
  }
  next()
  signal.addEventListener('abort', () => stop(), { once: true })
}
