import type { MySQLClusterSpec } from '../../crds/mysqlcluster-spec.ts'
import { parseQuantity } from './quantity.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))
const mebibytes = (bytes: number): string => `${Math.floor(bytes / MiB)}M`

/** What a member may use: bytes of memory and disk, cores of CPU. */
export interface Capacity {
  readonly memory: number
  readonly cpu: number
  readonly disk: number
}

export const capacityOf = (spec: Pick<MySQLClusterSpec, 'resources' | 'storage'>): Capacity => {
  const of = (resource: string, fallback: string): number =>
    parseQuantity(spec.resources.limits?.[resource] ?? spec.resources.requests?.[resource] ?? fallback)
  return { memory: of('memory', '1Gi'), cpu: of('cpu', '1'), disk: parseQuantity(spec.storage.size) }
}

/** mysqld itself, with performance_schema and some connections: 540 to 705 MB were measured on MySQL 9.7. */
const BASE_MEMORY = 768 * MiB

/**
 * Settings derived from what a member may use. They yield to what a person writes in `spec.config`.
 * redo: half of the buffer pool, as more only lengthens recovery; never more than a tenth of the disk.
 */
export const tunedSettings = ({ memory, cpu, disk }: Capacity): Readonly<Record<string, string>> => {
  const bufferPool = clamp((memory - BASE_MEMORY) * 0.75, 128 * MiB, memory)
  return {
    innodb_buffer_pool_size: mebibytes(bufferPool),
    loose_innodb_redo_log_capacity: mebibytes(clamp(Math.min(bufferPool / 2, disk / 10), 100 * MiB, 16 * GiB)),
    max_connections: `${Math.floor(clamp(memory / (8 * MiB), 151, 10_000))}`,
    table_open_cache: `${Math.floor(clamp(memory / (512 * 1024), 2_000, 16_384))}`,
    replica_parallel_workers: `${clamp(Math.ceil(cpu) * 2, 4, 32)}`,
    max_binlog_size: mebibytes(clamp(disk / 100, 64 * MiB, GiB)),
    binlog_expire_logs_seconds: `${clamp(Math.floor(disk / (5 * GiB)), 1, 7) * 86_400}`,
  }
}
