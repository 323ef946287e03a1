import type { V1Job } from '@kubernetes/client-node'
import type { Location } from '../../../crds/backup-store.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup-names.ts'
import { AGENT_PATHS } from '../agent-paths.ts'
import { type BackupRef, verifyJobName } from '../backup.ts'
import { PATHS } from '../mycnf.ts'
import type { ClusterInput } from './cluster.ts'
import { VERIFY_SCRIPT } from './copy-script.ts'
import { type AgentImage, agentContainer, job, jobLabels, mount, mysqlContainer, scratchVolume } from './job-pod.ts'

export interface VerifyJobInput extends Pick<ClusterInput, 'ref' | 'spec'> {
  readonly backup: BackupRef
  readonly attempt: number
  readonly location: Location
  /** Of the backup, in the store. */
  readonly path: string
  /** The ConfigMap that the members have their settings from. */
  readonly configMap: string
  readonly agent: AgentImage
}

/**
 * The Job that restores a backup to a volume that lives as long as its pod, starts a server on it that nobody can connect to, and
 * compares what that says with the manifest. It goes with its MySQLBackup.
 */
export const verifyJob = ({ ref, spec, backup, attempt, location, path, configMap, agent }: VerifyJobInput): V1Job => {
  const scratch = mount('scratch', AGENT_PATHS.scratch)
  const labels = jobLabels(ref.name, 'verification')
  return job(
    {
      name: verifyJobName(ref.name, backup, attempt),
      namespace: ref.namespace,
      labels,
      ownerReferences: [{ apiVersion: API_VERSION, kind: BACKUP_KIND, ...backup, controller: true }],
    },
    location,
    spec,
    {
      before: [
        agentContainer(agent, location, { kind: 'unpack', location, path }, [scratch], 'unpack'),
        mysqlContainer(spec.image, VERIFY_SCRIPT, {}, [scratch, mount('config', PATHS.config, true)]),
      ],
      main: agentContainer(agent, location, { kind: 'compare', location, path }, [{ ...scratch, readOnly: true }]),
      volumes: [scratchVolume(spec, labels), { name: 'config', configMap: { name: configMap, defaultMode: 0o444 } }],
    },
  )
}
