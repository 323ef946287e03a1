import { connectAdmin } from '../../../src/mysql/connection.ts'
import { reachMember } from '../../e2e/stage/members.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'

/** A member gets a transaction that no other one has, as by somebody with all rights who bypasses the group. */
export const makeErrant = async (key: Key, pod: string): Promise<void> => {
  const { address, access } = await reachMember(key, pod)
  const connection = await connectAdmin(address, access)
  try {
    await connection.query('STOP GROUP_REPLICATION', [], 60_000)
    await connection.query('SET GLOBAL super_read_only = OFF')
    await connection.query("CREATE USER errant@localhost IDENTIFIED BY 'none' ACCOUNT LOCK")
    await connection.query('SET GLOBAL super_read_only = ON')
  } finally {
    connection.close()
  }
}
