import * as z from 'zod'
import { compareVersions, parseVersion } from '../domain/version.ts'
import type { Connect } from './connection.ts'
import type { Access, MemberAddress } from './port.ts'

/** How long transactions that run on the old primary may go on; then their clients are disconnected. Seconds. */
const DRAIN_SECONDS = 3
const HAND_OVER_MS = 60_000
/** Source: MySQL manual, group_replication_set_as_primary(): its second argument came with 8.0.29. */
const WITH_DRAIN = { major: 8, minor: 0, patch: 29 }

const SelfSchema = z.object({ uuid: z.string(), version: z.string() })

/** See MySQL.handOver. */
export const handOverTo = async (connect: Connect, member: MemberAddress, access: Access): Promise<void> => {
  const connection = await connect(member, access)
  try {
    const [row] = await connection.query('SELECT @@server_uuid AS uuid, @@version AS version')
    const { uuid, version } = SelfSchema.parse(row)
    const parsed = parseVersion(version)
    const drains = parsed !== undefined && compareVersions(parsed, WITH_DRAIN) >= 0
    await connection.query(
      `SELECT group_replication_set_as_primary(?${drains ? ', ?' : ''}) AS done`,
      drains ? [uuid, DRAIN_SECONDS] : [uuid],
      HAND_OVER_MS,
    )
  } finally {
    connection.close()
  }
}
