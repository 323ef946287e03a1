import type { Rule } from './cluster-rules.ts'
import { part, same, type Tree } from './json.ts'

const spec = (object: Tree | undefined): Tree => part(object, 'spec')
const origin = (cluster: Tree | undefined): Tree | undefined => spec(cluster)['restoreFrom'] as Tree | undefined
const locations = (cluster: Tree): readonly Tree[] => {
  const stores = (part(cluster, 'spec', 'backup')['stores'] ?? []) as readonly Tree[]
  const store = origin(cluster)?.['store'] as Tree | undefined
  return store ? [...stores, store] : stores
}

/** The rules in CEL of the parts of a MySQLCluster that are about backups. */
export const RESTORE_RULES: readonly Rule[] = [
  {
    message: /^spec\.restoreFrom cannot be changed/,
    at: '<nil>',
    holds: (cluster, before) => before === undefined || same(origin(cluster), origin(before)),
  },
  {
    message: /^must have either backup, or store and path/,
    at: 'spec.restoreFrom',
    holds: (cluster) => {
      const from = origin(cluster)
      return !from || ('backup' in from !== 'store' in from && 'store' in from === 'path' in from)
    },
  },
  {
    message: /^must not have both time and beforeGtid/,
    at: 'spec.restoreFrom',
    holds: (cluster) => {
      const from = origin(cluster)
      return !from || !('time' in from && 'beforeGtid' in from)
    },
  },
  {
    message: /^pointInTime must name a store that is in stores/,
    at: 'spec.backup',
    holds: (cluster) => {
      const { stores = [] } = part(cluster, 'spec', 'backup') as Record<string, readonly Tree[]>
      const { store } = part(cluster, 'spec', 'backup', 'pointInTime')
      return store === undefined || stores.some(({ name }) => name === store)
    },
  },
  {
    message: /^a store must have exactly one of s3 and volume/,
    at: 'spec.backup.stores',
    holds: (cluster) => locations(cluster).every((store) => 's3' in store !== 'volume' in store),
  },
  {
    message: /^schedules must name stores that are in stores/,
    at: 'spec.backup',
    holds: (cluster) => {
      const { stores = [], schedules = [] } = part(cluster, 'spec', 'backup') as Record<string, readonly Tree[]>
      return schedules.every(({ store }) => store === undefined || stores.some(({ name }) => name === store))
    },
  },
]

/** The rules in CEL of the CRD of MySQLBackup. */
export const BACKUP_RULES: readonly Rule[] = [
  {
    message: /^what is backed up, and where to, cannot be changed/,
    at: '<nil>',
    holds: (backup, before) =>
      before === undefined ||
      ['clusterName', 'store', 'method'].every((field) => same(spec(backup)[field], spec(before)[field])),
  },
]

/** Messages of rules that the schemas in zod keep as well. */
export const KEPT_BY_ZOD: readonly RegExp[] = [
  /^must be one GTID/,
  /^must be like /,
  /^must have five fields/,
  /^must be a name of/,
]
