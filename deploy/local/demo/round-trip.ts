import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../problem.ts'
import type { ClusterObject } from './cluster-status.ts'
import type { Kubectl } from './kubectl.ts'
import type { Target } from './target.ts'

export interface RoundTrip {
  readonly row: string
  readonly writtenBy: string
  readonly readFrom: string
}

const LIMIT_MS = 60_000

/** The password goes from the mounted Secret into a file in memory: it is in no argument and no variable. */
const SCRIPT = `
set -eu
umask 077
{
  printf '[client]\\nuser=%s\\npassword="%s"\\nport=%s\\nssl-mode=REQUIRED\\nconnect-timeout=5\\n' \\
    "$(cat /app/username)" "$(cat /app/password)" "$(cat /app/port)"
} >/run/client/my.cnf
database=$(cat /app/database)
ask() { mysql --defaults-file=/run/client/my.cnf --host="$1" --database="$database" --batch --skip-column-names --execute="$2"; }

ask "$CLUSTER-primary" "
  CREATE TABLE IF NOT EXISTS demo (id BIGINT AUTO_INCREMENT PRIMARY KEY, said VARCHAR(100) NOT NULL, UNIQUE (said));
  INSERT INTO demo (said) VALUES ('$ROW');
  SELECT 'written', @@hostname"

tries=0
until answer=$(ask "$CLUSTER-replicas" "SELECT 'read', @@hostname FROM demo WHERE said = '$ROW'" 2>/run/client/error) && [ -n "$answer" ]; do
  tries=$((tries + 1))
  if [ $tries -ge 50 ]; then cat /run/client/error >&2; echo 'the row did not arrive at a replica within 10 s' >&2; exit 1; fi
  sleep 0.2
done
echo "$answer"
`

const pod = (cluster: ClusterObject, name: string, row: string, image: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: cluster.metadata.namespace },
  spec: {
    restartPolicy: 'Never',
    activeDeadlineSeconds: LIMIT_MS / 1000,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    securityContext: {
      runAsUser: 999,
      runAsGroup: 999,
      fsGroup: 999,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'client',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', SCRIPT],
        env: [
          { name: 'CLUSTER', value: cluster.metadata.name },
          { name: 'ROW', value: row },
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'app', mountPath: '/app', readOnly: true },
          { name: 'client', mountPath: '/run/client' },
        ],
      },
    ],
    volumes: [
      { name: 'app', secret: { secretName: `${cluster.metadata.name}-app`, defaultMode: 0o440 } },
      { name: 'client', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    ],
  },
})

const untilEnded = async (kubectl: Kubectl, where: readonly string[], name: string): Promise<string> => {
  const deadline = Date.now() + LIMIT_MS + 5_000
  for (;;) {
    const { stdout } = await kubectl.attempt([...where, 'get', 'pod', name, '--output', 'jsonpath={.status.phase}'])
    if (stdout === 'Succeeded' || stdout === 'Failed' || Date.now() > deadline) return stdout
    await sleep(200)
  }
}

/** Writes a row through the write Service and reads it back through the read Service, as an application would. */
export const writeAndRead = async (target: Target, cluster: ClusterObject): Promise<RoundTrip> => {
  const { kubectl } = target
  const { name, namespace } = cluster.metadata
  const row = randomUUID().slice(0, 8)
  const client = `${name}-demo-${row}`
  const where = ['--namespace', namespace]
  await kubectl.run(['create', '-f', '-'], JSON.stringify(pod(cluster, client, row, target.mysqlImage)))
  try {
    const phase = await untilEnded(kubectl, where, client)
    const logs = await kubectl.attempt([...where, 'logs', client])
    const said = (word: string): string | undefined => new RegExp(`^${word}\\t(\\S+)$`, 'm').exec(logs.stdout)?.[1]
    const [writtenBy, readFrom] = [said('written'), said('read')]
    if (phase === 'Succeeded' && writtenBy && readFrom) return { row, writtenBy, readFrom }
    throw new Problem(
      `a row could not be written and read back (client pod: ${phase}):\n${(logs.stdout + logs.stderr).trim()}`,
      `see "kubectl get mc,pods,services,endpointslices --namespace ${namespace}"; everything is left running`,
    )
  } finally {
    await kubectl.attempt([...where, 'delete', 'pod', client, '--wait=false', '--ignore-not-found'])
  }
}
