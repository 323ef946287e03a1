/**
 * The least that makes a group of three: no operator, no TLS of its own, no probes but a TCP one.
 * A person would write this by hand, and then run the statements of script.ts.
 */
const INIT = `set -eu
d=/var/lib/mysql/data
[ -f $d/.initialized ] || {
  rm -rf $d
  mysqld --no-defaults --initialize-insecure --datadir=$d --init-file=/etc/mysql-init/init.sql
  touch $d/.initialized
}
n=\${HOSTNAME##*-}
host=$HOSTNAME.floor.$NAMESPACE.svc.cluster.local
cat > /etc/mysql-run/my.cnf <<C
[mysqld]
datadir=$d
socket=/var/run/mysqld/mysqld.sock
server_id=$((1000+n))
report_host=$host
gtid_mode=ON
enforce_gtid_consistency=ON
super_read_only=ON
skip_replica_start=ON
skip_name_resolve=ON
mysqlx=OFF
plugin_load_add=group_replication.so
loose_group_replication_group_name=11111111-2222-3333-4444-555555555555
loose_group_replication_start_on_boot=OFF
loose_group_replication_local_address=$host:3306
loose_group_replication_communication_stack=MYSQL
loose_group_replication_group_seeds=floor-0.floor.$NAMESPACE.svc.cluster.local:3306,floor-1.floor.$NAMESPACE.svc.cluster.local:3306,floor-2.floor.$NAMESPACE.svc.cluster.local:3306
loose_group_replication_recovery_use_ssl=1
C
`

const ACCOUNTS = `CREATE USER boss@'%' IDENTIFIED BY 'boss';
GRANT ALL ON *.* TO boss@'%' WITH GRANT OPTION;
CREATE USER repl@'%' IDENTIFIED BY 'repl' REQUIRE SSL;
GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO repl@'%';
CREATE DATABASE app;
`

const labels = { app: 'floor' }
const port = { name: 'mysql', port: 3306 }

const mounts = (...names: readonly (readonly [string, string])[]) =>
  names.map(([name, mountPath]) => ({ name, mountPath }))

/** The manifests of the floor, for one namespace and image. */
export const floorManifests = (namespace: string, image: string): object[] => {
  const resources = { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1Gi' } }
  const env = [{ name: 'NAMESPACE', value: namespace }]
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'floor', namespace },
      data: { 'init.sh': INIT, 'init.sql': ACCOUNTS },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'floor', namespace },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: labels, ports: [port] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'floor-primary', namespace },
      spec: { selector: { 'statefulset.kubernetes.io/pod-name': 'floor-0' }, ports: [port] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'floor', namespace },
      spec: {
        serviceName: 'floor',
        replicas: 3,
        podManagementPolicy: 'Parallel',
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 10,
            securityContext: { runAsUser: 999, runAsGroup: 999, fsGroup: 999 },
            initContainers: [
              {
                name: 'init',
                image,
                env,
                resources,
                command: ['bash', '/etc/mysql-init/init.sh'],
                volumeMounts: mounts(
                  ['data', '/var/lib/mysql'],
                  ['init', '/etc/mysql-init'],
                  ['run', '/etc/mysql-run'],
                ),
              },
            ],
            containers: [
              {
                name: 'mysqld',
                image,
                resources,
                command: ['mysqld', '--defaults-file=/etc/mysql-run/my.cnf'],
                ports: [{ containerPort: 3306 }],
                readinessProbe: { tcpSocket: { port: 3306 }, periodSeconds: 1 },
                volumeMounts: mounts(
                  ['data', '/var/lib/mysql'],
                  ['run', '/etc/mysql-run'],
                  ['sock', '/var/run/mysqld'],
                ),
              },
            ],
            volumes: [
              { name: 'init', configMap: { name: 'floor' } },
              { name: 'run', emptyDir: {} },
              { name: 'sock', emptyDir: {} },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
          },
        ],
      },
    },
  ]
}
