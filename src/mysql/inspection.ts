import * as z from 'zod'
import { formatGtidSet, parseGtidSet, union } from '../domain/gtid.ts'
import { type GroupRow, MEMBER_STATES, type MemberView } from '../domain/snapshot.ts'
import type { AdminConnection } from './connection.ts'
import { readCopy } from './copy.ts'
import type { GroupView } from './port.ts'

const ServerSchema = z.object({
  uuid: z.string(),
  version: z.string(),
  readOnly: z.coerce.number(),
  startOnBoot: z.coerce.number(),
  executed: z.string(),
  purged: z.string(),
  uptime: z.coerce.number(),
  received: z.string().nullable(),
  viewId: z.string().nullable(),
  queue: z.coerce.number().nullish(),
  platform: z.string().nullish(),
  archived: z.string().nullish(),
  lacksSpace: z.coerce.number().nullish(),
})

const RowSchema = z.object({
  host: z.string(),
  own: z.coerce.number(),
  state: z.enum(MEMBER_STATES),
  role: z.enum(['PRIMARY', 'SECONDARY', '']),
  version: z.string(),
  uuid: z.string().optional(),
})

const ofStats = (column: string): string =>
  `(SELECT ${column} FROM performance_schema.replication_group_member_stats WHERE member_id = @@server_uuid)`
const VIEW_ID = ofStats('view_id')

/**
 * Whether a full disk holds up what is written. What the binary log has no room for waits, without a word to the client, which only
 * the error log tells, once in ten minutes (MY-000035): so it counts while a commit waits (threads without a command
 * keep the state of their last one). What the file of a table has no room for is
 * refused, which only the error log tells, too: those of the last minute count. Seen on MySQL 9.7.
 */
export const LACKS_SPACE = `(EXISTS (SELECT 1 FROM performance_schema.error_log WHERE logged > NOW() - INTERVAL 60 SECOND
    AND error_code IN ('MY-012144', 'MY-012640') AND data LIKE '%rror number 28%')
  OR (EXISTS (SELECT 1 FROM performance_schema.error_log WHERE logged > NOW() - INTERVAL 11 MINUTE AND error_code = 'MY-000035')
    AND EXISTS (SELECT 1 FROM performance_schema.threads
      WHERE processlist_state IN ('waiting for handler commit', 'Waiting for disk space') AND processlist_time > 1
        AND processlist_command IN ('Query', 'Execute', 'Connect'))))`

// What was received may not be applied yet, but it is held: it survives in the relay log.
const SERVER = `SELECT @@server_uuid AS uuid, @@version AS version, @@read_only AS readOnly,
  @@group_replication_start_on_boot AS startOnBoot, @@gtid_executed AS executed, @@gtid_purged AS purged,
  (SELECT variable_value FROM performance_schema.global_status WHERE variable_name = 'Uptime') AS uptime,
  (SELECT received_transaction_set FROM performance_schema.replication_connection_status
    WHERE channel_name = 'group_replication_applier') AS received, ${VIEW_ID} AS viewId,
  ${ofStats('count_transactions_remote_in_applier_queue')} AS queue,
  CONCAT(@@version_compile_machine, ' ', @@version_compile_os) AS platform, @@report_user AS archived,
  ${LACKS_SPACE} AS lacksSpace`

// A member that is in no group shows one row without id and host: itself.
const ROWS = `member_host AS host, member_id IN ('', @@server_uuid) AS own, member_state AS state,
  member_role AS role, member_version AS version, member_id AS uuid FROM performance_schema.replication_group_members`
const MEMBERS = `SELECT ${ROWS}`
// One statement, as it is asked all the time.
const LOOK = `SELECT @@read_only AS readOnly, ${VIEW_ID} AS viewId, ${ROWS}`

const rowOf = ({ host, own, state, role, version, uuid }: z.output<typeof RowSchema>, pod: string): GroupRow => ({
  pod: own ? pod : (host.split('.')[0] ?? host),
  state,
  role,
  version,
  ...(uuid ? { uuid } : {}),
})

const readRows = async (connection: AdminConnection, pod: string): Promise<GroupRow[]> =>
  z
    .array(RowSchema)
    .parse(await connection.query(MEMBERS))
    .map((row) => rowOf(row, pod))

/** All that a decision needs to know of one member. */
export const inspectMember = async (connection: AdminConnection, pod: string): Promise<MemberView> => {
  const [row] = await connection.query(SERVER)
  const server = ServerSchema.parse(row)
  const { copy, isWhole } = await readCopy(connection)
  return {
    pod,
    serverUuid: server.uuid,
    version: server.version,
    readOnly: server.readOnly === 1,
    startOnBoot: server.startOnBoot === 1,
    uptimeSeconds: server.uptime,
    // Data that were dropped for a copy are gone, whatever the member still says of what it has executed.
    holds: isWhole ? formatGtidSet(union(parseGtidSet(server.executed), parseGtidSet(server.received ?? ''))) : '',
    purged: formatGtidSet(parseGtidSet(server.purged)),
    ...(server.queue === undefined || server.queue === null ? {} : { queue: server.queue }),
    ...(copy ? { copy } : {}),
    ...(server.platform ? { platform: server.platform } : {}),
    ...(server.archived ? { archived: server.archived } : {}),
    ...(server.lacksSpace ? { lacksSpace: true } : {}),
    viewId: server.viewId ?? '',
    rows: await readRows(connection, pod),
  }
}

const LookSchema = z.array(RowSchema.extend({ viewId: z.string().nullable(), readOnly: z.coerce.number() })).min(1)

/** The short look: which group a member sees, and whether it takes writes. */
export const lookAtGroup = async (connection: AdminConnection, pod: string): Promise<GroupView> => {
  const looked = LookSchema.parse(await connection.query(LOOK))
  const [{ viewId, readOnly } = { viewId: null, readOnly: 1 }] = looked
  return { viewId: viewId ?? '', readOnly: readOnly === 1, rows: looked.map((row) => rowOf(row, pod)) }
}
