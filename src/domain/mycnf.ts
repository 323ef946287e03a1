import type { MySQLClusterSpec } from '../../crds/mysqlcluster-spec.ts'
import { PORTS } from './names.ts'
import { canonicalName } from './settings.ts'
import { capacityOf, tunedSettings } from './tuning.ts'

type Settings = Readonly<Record<string, string>>

export const PATHS = {
  volume: '/var/lib/mysql',
  data: '/var/lib/mysql/data',
  config: '/etc/mysql-config',
  secrets: '/etc/mysql-secrets',
  tls: '/etc/mysql-tls',
  run: '/run/mysqld',
  pod: '/etc/mysql-pod',
  socket: '/run/mysqld/mysqld.sock',
} as const

const DEFAULTS: Settings = {
  character_set_server: 'utf8mb4',
  default_time_zone: '+00:00',
  log_error_verbosity: '2',
  mysqlx: 'OFF',
  // A container may not set a memory policy; where the build has this on, it only fills the log with warnings.
  loose_innodb_numa_interleave: 'OFF',
  // Group Replication refuses writes to a table without a primary key: give it an invisible one instead.
  loose_sql_generate_invisible_primary_key: 'ON',
}

/** Source: MySQL manual, "Configuring an Instance for Group Replication"; measured values in ARCHITECTURE.md. */
const forced = (groupName: string): Settings => ({
  datadir: PATHS.data,
  socket: PATHS.socket,
  pid_file: `${PATHS.run}/mysqld.pid`,
  tmpdir: '/tmp',
  secure_file_priv: 'NULL',
  port: `${PORTS.mysql}`,
  admin_port: `${PORTS.admin}`,
  gtid_mode: 'ON',
  enforce_gtid_consistency: 'ON',
  log_bin: 'binlog',
  relay_log: 'relay',
  binlog_format: 'ROW',
  // A restarted member that is not in its group must not take a write: it would become errant at once.
  super_read_only: 'ON',
  skip_replica_start: 'ON',
  skip_name_resolve: 'ON',
  ssl_ca: `${PATHS.tls}/ca.crt`,
  ssl_cert: `${PATHS.tls}/tls.crt`,
  ssl_key: `${PATHS.tls}/tls.key`,
  admin_ssl_ca: `${PATHS.tls}/ca.crt`,
  admin_ssl_cert: `${PATHS.tls}/tls.crt`,
  admin_ssl_key: `${PATHS.tls}/tls.key`,
  // `loose_`: --initialize loads no plugin and would refuse these.
  loose_group_replication_group_name: groupName,
  loose_group_replication_start_on_boot: 'OFF',
  loose_group_replication_communication_stack: 'MYSQL',
  loose_group_replication_paxos_single_leader: 'ON',
  loose_group_replication_single_primary_mode: 'ON',
  loose_group_replication_ssl_mode: 'REQUIRED',
  loose_group_replication_recovery_use_ssl: 'ON',
  loose_group_replication_member_expel_timeout: '0',
  loose_group_replication_unreachable_majority_timeout: '20',
  // An expelled member ends, is restarted by kubelet, and so rejoins without anybody's help.
  loose_group_replication_exit_state_action: 'ABORT_SERVER',
  loose_group_replication_autorejoin_tries: '0',
  loose_group_replication_consistency: 'BEFORE_ON_PRIMARY_FAILOVER',
})

/** A person's prefix `loose_` stays: without it mysqld would not start for want of the plugin that has the setting. */
const user = (config: MySQLClusterSpec['config']): Settings =>
  Object.fromEntries(
    Object.entries(config ?? {}).map(([name, value]) => {
      const loose = /^loose[-_]/i.test(name) ? 'loose_' : ''
      return [`${loose}${canonicalName(name)}`, String(value)]
    }),
  )

/** A setting that a person gave replaces the tuned or default one also where ours has the prefix `loose_`. */
const layered = (...layers: readonly Settings[]): Settings => {
  const merged = new Map<string, readonly [string, string]>()
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer)) merged.set(canonicalName(name), [name, value])
  return Object.fromEntries(merged.values())
}

/**
 * The part of my.cnf that all members share: forced over the person's over tuned over defaults.
 * The start script adds what differs by member: server_id, report_host, addresses.
 */
export const renderMyCnf = (spec: MySQLClusterSpec, groupName: string): string => {
  const settings = layered(DEFAULTS, tunedSettings(capacityOf(spec)), user(spec.config), forced(groupName))
  return [
    '[mysqld]',
    'plugin_load_add=group_replication.so',
    'plugin_load_add=mysql_clone.so',
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    '',
  ].join('\n')
}
