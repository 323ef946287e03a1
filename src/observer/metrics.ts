import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type MySQLClusterStatus, PHASES } from '../../crds/mysqlcluster-status.ts'
import type { Clock } from '../clock.ts'
import type { Move } from '../domain/moves.ts'
import { type ClusterRef, workflowId } from '../domain/names.ts'

/** A cluster as its status tells. */
export interface Told {
  readonly ref: ClusterRef
  readonly status: MySQLClusterStatus | undefined
}

export interface ClusterMetrics {
  /** The primary of a cluster is another one. */
  moved(ref: ClusterRef, move: Move): void
  /** The status of a cluster may be another one, or the cluster is gone. */
  changed(told: Told, gone: boolean): void
}

const LABELS = ['namespace', 'cluster'] as const
/** A planned change takes under a second, a group 6 to 7 s to replace a primary that is lost. */
const SECONDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 6, 7, 8, 10, 15, 30, 60, 120, 300, 900]
const NAMES = {
  failover: ['mysql_operator_failover_seconds', 'From the loss of a primary to writes led to the next one.'],
  handover: ['mysql_operator_switchover_seconds', 'From the hand-over of a primary to writes led to the next one.'],
  changes: ['mysql_operator_role_changes_total', 'Changes of the primary, by kind: failover or handover.'],
  members: ['mysql_operator_members', 'Members by their state, as in the status.'],
  phase: ['mysql_operator_cluster_phase', '1 for the phase that the cluster is in, 0 for the others.'],
  ready: ['mysql_operator_cluster_ready', '1 while writes are served (condition Ready), else 0.'],
  backup: ['mysql_operator_backup_age_seconds', 'Since the last good backup was begun; absent where there is none.'],
  verified: [
    'mysql_operator_verified_backup_age_seconds',
    'Since the last backup was begun that was restored to prove it; absent where there is none.',
  ],
  time: ['mysql_operator_cluster_phase_seconds_total', 'Seconds in each phase, since this process leads.'],
} as const

const labelsOf = ({ namespace, name }: ClusterRef) => ({ namespace, cluster: name })

/**
 * What is measured of clusters, each labelled with its namespace and name; what is gone is forgotten. `clusters` is asked at
 * each scrape, so that figures at rest cost nothing.
 */
export const createClusterMetrics = (
  registry: Registry,
  clock: Clock,
  clusters: () => readonly Told[],
): ClusterMetrics => {
  const registers = [registry]
  const described = <T extends keyof typeof NAMES>(key: T) => ({ name: NAMES[key][0], help: NAMES[key][1], registers })
  const inPhase = new Map<string, { readonly phase: string; since: number }>()

  const histogram = (kind: Move['kind']) => new Histogram({ ...described(kind), labelNames: LABELS, buckets: SECONDS })
  const durations = { failover: histogram('failover'), handover: histogram('handover') }
  const changes = new Counter({ ...described('changes'), labelNames: [...LABELS, 'kind'] as const })

  /** Counts the time since it was counted last to the phase that was known then. */
  const count = ({ ref, status }: Told): void => {
    const id = workflowId(ref)
    const now = clock.now()
    const before = inPhase.get(id)
    if (before) time.inc({ ...labelsOf(ref), phase: before.phase }, Math.max(0, now - before.since) / 1000)
    inPhase.set(id, { phase: status?.phase ?? 'Creating', since: now })
  }
  const time = new Counter({
    ...described('time'),
    labelNames: [...LABELS, 'phase'] as const,
    collect: () => clusters().forEach(count),
  })
  const fill = <L extends string>(gauge: Gauge<L>, set: (told: Told) => void): void => {
    gauge.reset()
    clusters().forEach(set)
  }
  const members: Gauge<'namespace' | 'cluster' | 'state'> = new Gauge({
    ...described('members'),
    labelNames: [...LABELS, 'state'] as const,
    collect: () =>
      fill(members, ({ ref, status }) => {
        for (const { state } of status?.members ?? []) members.inc({ ...labelsOf(ref), state })
      }),
  })
  const phases: Gauge<'namespace' | 'cluster' | 'phase'> = new Gauge({
    ...described('phase'),
    labelNames: [...LABELS, 'phase'] as const,
    collect: () =>
      fill(phases, ({ ref, status }) => {
        for (const phase of PHASES) phases.set({ ...labelsOf(ref), phase }, Number(status?.phase === phase))
      }),
  })
  const ready: Gauge<'namespace' | 'cluster'> = new Gauge({
    ...described('ready'),
    labelNames: LABELS,
    collect: () =>
      fill(ready, ({ ref, status }) => {
        const is = status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')
        ready.set(labelsOf(ref), Number(is ?? false))
      }),
  })

  const age = (kind: 'backup' | 'verified', of: (status: MySQLClusterStatus) => string | undefined): void => {
    const gauge: Gauge<'namespace' | 'cluster'> = new Gauge({
      ...described(kind),
      labelNames: LABELS,
      collect: () =>
        fill(gauge, ({ ref, status }) => {
          const at = status && of(status)
          if (at) gauge.set(labelsOf(ref), Math.max(0, clock.now() - Date.parse(at)) / 1000)
        }),
    })
  }
  age('backup', ({ lastGoodBackup }) => lastGoodBackup?.startedAt)
  age('verified', ({ lastVerifiedBackup }) => lastVerifiedBackup?.startedAt)

  const forget = (ref: ClusterRef): void => {
    inPhase.delete(workflowId(ref))
    const labels = labelsOf(ref)
    for (const kind of ['failover', 'handover'] as const) {
      durations[kind].remove(labels)
      changes.remove({ ...labels, kind })
    }
    for (const phase of PHASES) time.remove({ ...labels, phase })
  }

  return {
    moved(ref, { kind, from, missed, moved }) {
      if (from === undefined) return
      durations[kind].observe(labelsOf(ref), Math.max(0, moved - missed) / 1000)
      changes.inc({ ...labelsOf(ref), kind })
    },
    changed(told, gone) {
      if (gone) forget(told.ref)
      else count(told)
    },
  }
}
