import type { V1Job } from '@kubernetes/client-node'
import type { Location } from '../../../crds/backup-store.ts'
import type { MySQLClusterSpec } from '../../../crds/mysqlcluster-spec.ts'
import { type BackupRef, discardJobName } from '../backup.ts'
import { type AgentImage, agentContainer, job, jobLabels } from './job-pod.ts'

export interface DiscardJobInput {
  readonly namespace: string
  readonly cluster: string
  readonly backup: BackupRef
  readonly what: 'All' | 'Leftovers'
  readonly location: Location
  readonly path: string
  /** Of the cluster, while it is there. */
  readonly pod: MySQLClusterSpec['pod']
  readonly agent: AgentImage
}

/**
 * The Job that removes a backup from its store. It has no owner: its MySQLBackup is being deleted, and the garbage collector could
 * take the Job away first.
 */
export const discardJob = ({ namespace, cluster, backup, what, location, path, pod, agent }: DiscardJobInput): V1Job =>
  job(
    { name: discardJobName(cluster, backup), namespace, labels: jobLabels(cluster, 'removal') },
    location,
    { pod },
    { before: [], main: agentContainer(agent, location, { kind: 'discard', location, path, what }, []), volumes: [] },
  )
