import * as z from 'zod'
import type { Clock } from '../clock.ts'
import type { Connect } from './connection.ts'
import { LACKS_SPACE, lookAtGroup } from './inspection.ts'
import type { Access, MemberAddress, MemberSession } from './port.ts'

const LOOK_MS = 2_000
const IdsSchema = z.array(z.object({ id: z.coerce.number() }))

/** The operator's, replication's and the server's own sessions are never ended. */
const CLIENTS = `SELECT processlist_id AS id FROM performance_schema.threads WHERE type = 'FOREGROUND'
  AND processlist_id IS NOT NULL AND processlist_id <> CONNECTION_ID()
  AND processlist_command NOT LIKE 'Binlog Dump%' AND processlist_command <> 'Daemon'
  AND processlist_user NOT IN ('operator', 'replication', 'probe', 'handover', 'backup', 'event_scheduler', 'system user', 'mysql.session')`

const ComparisonSchema = z.tuple([z.object({ others: z.string(), lacks: z.coerce.number() })])

/** Whatever the group's own numbers are, they are in this range, the largest there is. */
const LAST = '9223372036854775806'
// One statement, as each member is asked all the time.
const COMPARE = `SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, ?) AS others, ${LACKS_SPACE} AS lacks`

/** See MySQL.open. */
export const openSession = async (
  connect: Connect,
  clock: Clock,
  member: MemberAddress,
  access: Access,
): Promise<MemberSession> => {
  const connection = await connect(member, access)
  const bounded = async <T>(work: Promise<T>): Promise<T> => {
    const { promise, reject } = Promise.withResolvers<never>()
    const cancel = clock.after(LOOK_MS, () => {
      // A member that does not answer is as good as lost: closing tells whoever waits on `closed`.
      connection.close()
      reject(new Error(`${member.pod} did not answer within ${LOOK_MS} ms`))
    })
    try {
      return await Promise.race([work, promise])
    } finally {
      cancel()
    }
  }
  return {
    look: () => bounded(lookAtGroup(connection, member.pod)),
    async compare(names) {
      const ours = names.map((name) => `${name}:1-${LAST}`).join(',')
      const [{ others, lacks }] = ComparisonSchema.parse(await bounded(connection.query(COMPARE, [ours])))
      return { foreign: others, lacksSpace: lacks === 1 }
    },
    async endClientSessions() {
      const sessions = IdsSchema.parse(await connection.query(CLIENTS))
      // One may have ended by itself in between, which is all that is wanted.
      const ended = await Promise.allSettled(sessions.map(({ id }) => connection.query('KILL ?', [id])))
      return ended.filter((result) => result.status === 'fulfilled').length
    },
    closed: connection.closed,
    close: connection.close,
  }
}
