import { type AdminConnection, connectAdmin } from '../../../src/mysql/connection.ts'
import { now } from '../../bench/failover/writers.ts'
import { reachMember } from '../../e2e/stage/members.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'

const onMember = async <T>(key: Key, pod: string, work: (connection: AdminConnection) => Promise<T>): Promise<T> => {
  const { address, access } = await reachMember(key, pod)
  const connection = await connectAdmin(address, access)
  try {
    return await work(connection)
  } finally {
    connection.close()
  }
}

const leave = (connection: AdminConnection): Promise<unknown> => connection.query('STOP GROUP_REPLICATION', [], 60_000)

/** A member is taken out of its group, as by a person who tries something. */
export const takeOut = (key: Key, pod: string): Promise<unknown> => onMember(key, pod, leave)

/** A member gets a transaction that no other one has, as by somebody with all rights who bypasses the group. Resolves with the time of it. */
export const makeErrant = (key: Key, pod: string): Promise<number> =>
  onMember(key, pod, async (connection) => {
    await leave(connection)
    await connection.query('SET GLOBAL super_read_only = OFF')
    const at = now()
    await connection.query("CREATE USER errant@localhost IDENTIFIED BY 'none' ACCOUNT LOCK")
    await connection.query('SET GLOBAL super_read_only = ON')
    return at
  })
