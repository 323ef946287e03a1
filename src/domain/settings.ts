import { ERRORS } from './errors.ts'

/** Settings that the operator needs as they are, each with the reason that a person gets to read. */
const FORCED: Readonly<Record<string, string>> = {
  port: 'the Services and probes use 3306',
  admin_port: 'the operator and the probes use 33062',
  admin_address: 'it is the address of the pod',
  bind_address: 'members and clients reach mysqld at the address of the pod',
  socket: 'the preStop hook uses it',
  datadir: 'it is on the volume of the member',
  user: 'mysqld runs as the user of its container',
  tmpdir: 'the root file system is read-only',
  pid_file: 'the root file system is read-only',
  secure_file_priv: 'the server reads and writes no files of the pod',
  init_file: 'accounts are made by the operator',
  server_id: 'it is derived from the ordinal of the member',
  report_host: 'members find each other by it',
  report_port: 'members find each other by it',
  gtid_mode: 'Group Replication needs ON',
  enforce_gtid_consistency: 'Group Replication needs ON',
  log_bin: 'Group Replication needs the binary log',
  disable_log_bin: 'Group Replication needs the binary log',
  skip_log_bin: 'Group Replication needs the binary log',
  binlog_format: 'Group Replication needs ROW',
  log_replica_updates: 'Group Replication needs ON',
  log_slave_updates: 'Group Replication needs ON',
  read_only: 'the group decides which member takes writes',
  super_read_only: 'the group decides which member takes writes',
  skip_replica_start: 'replication is started by the group',
  skip_slave_start: 'replication is started by the group',
  skip_name_resolve: 'accounts are not bound to host names',
  performance_schema: 'the operator reads the state of the group from it',
  plugin_load: 'the operator loads Group Replication and clone',
  lower_case_table_names: 'it cannot be changed after a cluster was made',
  ssl_ca: 'certificates come from the Secret of the cluster',
  ssl_cert: 'certificates come from the Secret of the cluster',
  ssl_key: 'certificates come from the Secret of the cluster',
  admin_ssl_ca: 'certificates come from the Secret of the cluster',
  admin_ssl_cert: 'certificates come from the Secret of the cluster',
  admin_ssl_key: 'certificates come from the Secret of the cluster',
  relay_log: 'its name must not depend on the host',
  innodb_data_home_dir: 'data is on the volume of the member',
  innodb_log_group_home_dir: 'data is on the volume of the member',
}
const FORCED_PREFIX = 'group_replication_'
const NAME = /^[a-z][a-z0-9_.]*$/

/** One spelling for a setting: mysqld takes dashes, capitals and the prefix `loose` alike. */
export const canonicalName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll('-', '_')
    .replace(/^loose_/, '')

/** True for a setting, in one spelling, that only the operator writes. */
export const isForced = (name: string): boolean => name.startsWith(FORCED_PREFIX) || name in FORCED

export interface RefusedSetting {
  readonly name: string
  readonly why: string
}

/** The entries of `spec.config` that cannot be used, with reasons. Empty when all is well. */
export const refusedSettings = (config: Readonly<Record<string, string | number>>): readonly RefusedSetting[] => {
  const seen = new Set<string>()
  return Object.entries(config).flatMap(([written, value]) => {
    const name = canonicalName(written)
    const twice = seen.has(name)
    seen.add(name)
    if (!NAME.test(name)) return [{ name: written, why: 'it is not the name of a setting' }]
    if (twice) return [{ name: written, why: 'it is given twice' }]
    if (/[\r\n]/.test(String(value))) return [{ name: written, why: 'its value has more than one line' }]
    const why = name.startsWith(FORCED_PREFIX) ? 'the operator configures Group Replication' : FORCED[name]
    return why ? [{ name: written, why }] : []
  })
}

/** The message for refused settings: each field with its reason, and the way out. */
export const refusalMessage = (refused: readonly RefusedSetting[]): string =>
  `${refused.map(({ name, why }) => `spec.config.${name} cannot be set: ${why}`).join('; ')}. ${ERRORS.ForcedSetting.remedy}`
