import type { Connect } from './connection.ts'
import type { Access, MemberAddress } from './port.ts'

/** The group agrees on it within seconds, or never. */
const FORCE_MS = 20_000

/** See MySQL.force. */
export const forceMembers = async (
  connect: Connect,
  member: MemberAddress,
  access: Access,
  living: readonly string[],
): Promise<void> => {
  const connection = await connect(member, access)
  try {
    await connection.query('SET GLOBAL group_replication_force_members = ?', [living.join(',')], FORCE_MS)
  } finally {
    // Left as it is, it would keep Group Replication from starting the next time.
    await connection.query("SET GLOBAL group_replication_force_members = ''").catch(() => undefined)
    connection.close()
  }
}
