import type { V1Job, V1PersistentVolumeClaim } from '@kubernetes/client-node'
import type { Location } from '../../../crds/backup-store.ts'
import { GROUP } from '../../../crds/group.ts'
import { digest } from '../digest.ts'
import { PATHS } from '../mycnf.ts'
import { objectLabels, objectNames, ownerReference } from '../names.ts'
import { ACCOUNTS_AGAIN, SYSTEM_ACCOUNTS } from './accounts.ts'
import type { ClusterInput } from './cluster.ts'
import { configuration } from './configuration.ts'
import { SERVER_FUNCTIONS } from './copy-script.ts'
import { type AgentImage, agentContainer, job, jobLabels, mount, mysqlContainer } from './job-pod.ts'
import { FORGET_CHANNELS, REPLAY_ACCOUNT, REPLAY_SCRIPT } from './replay-script.ts'

export interface RestoreJobInput extends ClusterInput {
  readonly location: Location
  /** Of the backup, in the store. */
  readonly path: string
  /** What the binary logs of the cluster are replayed up to, over the backup. */
  readonly point?: object
  readonly agent: AgentImage
}

/** On the claim of the first member: the uid of the MySQLCluster whose restore made it. */
export const RESTORED_ANNOTATION = `${GROUP}/restored-for`

export const restoreJobName = ({ name, uid }: ClusterInput['ref']): string => `${name}-restore-${digest(uid)}`

/**
 * Makes data that were unpacked those of this cluster: a server is started on them once, with the passwords of the Secrets that the
 * cluster has now. Only then do they get the name under which members look for theirs, so that a crash leaves them whole or not at all.
 */
const RESTORE_SCRIPT = `${SERVER_FUNCTIONS}
data=${PATHS.data}
if [ -d $data ]; then exit 0; fi
${REPLAY_SCRIPT}for account in ${[...SYSTEM_ACCOUNTS, 'app'].join(' ')}; do printf 's/@%s@/%s/\\n' $account "$(cat ${PATHS.secrets}/$account)"; done > $run/passwords.sed
sed -f $run/passwords.sed > $run/accounts.sql <<'EOF'
DROP USER IF EXISTS ${REPLAY_ACCOUNT};
${ACCOUNTS_AGAIN}
EOF
[ -n "$replayed" ] || cat >> $run/accounts.sql <<'EOF'
${FORGET_CHANNELS}
EOF
echo "SELECT 'made' INTO OUTFILE '${PATHS.run}/said/done';" >> $run/accounts.sql
start $data.new --init-file=$run/accounts.sql
await $run/said/done
await ${PATHS.socket}
stop
rm -f $run/passwords.sed $run/accounts.sql $data.new/auto.cnf
sync -f $data.new
mv $data.new $data
sync -f ${PATHS.volume}
`

/** The claim of the first member, as its StatefulSet would make it. */
export const restoredClaim = ({ ref, spec: { storage } }: ClusterInput): V1PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: objectNames(ref.name).claim(0),
    namespace: ref.namespace,
    labels: objectLabels(ref.name),
    annotations: { [RESTORED_ANNOTATION]: ref.uid },
  },
  spec: {
    accessModes: ['ReadWriteOnce'],
    ...(storage.storageClassName ? { storageClassName: storage.storageClassName } : {}),
    resources: { requests: { storage: storage.size } },
  },
})

/** The Job that fills the volume of the first member with a backup, before there is a member. */
export const restoreJob = (input: RestoreJobInput): V1Job => {
  const { ref, spec, location, path, point, agent } = input
  const names = objectNames(ref.name)
  const data = mount('data', PATHS.volume)
  const key = (name: string) => ({ key: name, path: name })
  return job(
    {
      name: restoreJobName(ref),
      namespace: ref.namespace,
      labels: jobLabels(ref.name, 'restore'),
      ownerReferences: [ownerReference(ref)],
    },
    location,
    spec,
    {
      before: [
        agentContainer(agent, location, { kind: 'restore', location, path, ...(point ? { point } : {}) }, [data]),
      ],
      main: mysqlContainer(spec.image, RESTORE_SCRIPT, {}, [
        data,
        mount('config', PATHS.config, true),
        mount('secrets', PATHS.secrets, true),
      ]),
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: names.claim(0) } },
        { name: 'config', configMap: { name: configuration(input).metadata.name, defaultMode: 0o444 } },
        {
          name: 'secrets',
          projected: {
            defaultMode: 0o440,
            sources: [
              { secret: { name: names.system, items: SYSTEM_ACCOUNTS.map(key) } },
              { secret: { name: names.app, items: [{ key: 'password', path: 'app' }] } },
            ],
          },
        },
      ],
    },
  )
}
