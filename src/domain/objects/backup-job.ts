import type { V1Job } from '@kubernetes/client-node'
import type { Location } from '../../../crds/backup-store.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup-names.ts'
import { AGENT_PATHS } from '../agent-paths.ts'
import { type BackupRef, backupJobName, backupPath } from '../backup.ts'
import { PATHS } from '../mycnf.ts'
import { memberHost, objectNames } from '../names.ts'
import type { ClusterInput } from './cluster.ts'
import { COPY_SCRIPT } from './copy-script.ts'
import {
  type AgentImage,
  agentContainer,
  job,
  jobLabels,
  mount,
  mysqlContainer,
  scratchVolume,
  secretVolume,
} from './job-pod.ts'

export interface BackupJobInput extends ClusterInput {
  readonly backup: BackupRef
  readonly attempt: number
  readonly donor: { readonly pod: string; readonly image: string }
  readonly location: Location
  /** The ConfigMap that the donor has its settings from. */
  readonly configMap: string
  readonly agent: AgentImage
}

/** The version of MySQL that made the copy names what it can be read with. */
const taskOf = ({ ref, backup, attempt, donor, location }: BackupJobInput) => ({
  kind: 'backup',
  location,
  path: backupPath(ref, backup),
  attempt,
  cluster: { namespace: ref.namespace, name: ref.name, uid: ref.uid },
  backup,
  donor: donor.pod,
})

/**
 * The Job of a backup: MySQL copies a member to a volume that lives as long as the pod, and the agent brings that to the store.
 * It goes with its MySQLBackup.
 */
export const backupJob = (input: BackupJobInput): V1Job => {
  const { ref, spec, domain, backup, attempt, donor, location, configMap, agent } = input
  const names = objectNames(ref.name)
  const scratch = mount('scratch', AGENT_PATHS.scratch)
  const labels = jobLabels(ref.name, 'backup')
  return job(
    {
      name: backupJobName(ref.name, backup, attempt),
      namespace: ref.namespace,
      labels,
      ownerReferences: [{ apiVersion: API_VERSION, kind: BACKUP_KIND, ...backup, controller: true }],
    },
    location,
    spec,
    {
      before: [
        mysqlContainer(donor.image, COPY_SCRIPT, { DONOR: memberHost(ref, donor.pod, domain) }, [
          scratch,
          mount('config', PATHS.config, true),
          mount('tls', PATHS.tls, true),
          mount('secrets', PATHS.secrets, true),
        ]),
      ],
      main: agentContainer(agent, location, taskOf(input), [{ ...scratch, readOnly: true }]),
      volumes: [
        scratchVolume(spec, labels),
        { name: 'config', configMap: { name: configMap, defaultMode: 0o444 } },
        secretVolume('tls', names.tls, 'ca.crt'),
        secretVolume('secrets', names.system, 'backup'),
      ],
    },
  )
}
