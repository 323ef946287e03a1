import { type Connection, createConnection } from 'mysql2/promise'
import { kubernetes } from './cluster.ts'
import type { Key } from './mysqlcluster.ts'
import { connectionOf } from './sql.ts'

const TOO_MANY = 1040
const DELAY_MS = 2_000

/** A session of the application with one member, whichever it is. */
export const sessionWith = async (cluster: Key, pod: string): Promise<Connection> => {
  const { ssl: _, ...options } = await connectionOf(cluster, 'primary')
  const found = await kubernetes.get('Pod', { namespace: cluster.namespace, name: pod })
  const connection = await createConnection({ ...options, host: found?.status?.podIP ?? '', connectTimeout: DELAY_MS })
  connection.on('error', () => undefined)
  return connection
}

/** Takes every connection that a member gives to the application. */
export const takeAllConnections = async (cluster: Key, pod: string): Promise<readonly Connection[]> => {
  const taken: Connection[] = []
  for (;;)
    try {
      taken.push(await sessionWith(cluster, pod))
    } catch (error) {
      if ((error as { errno?: number }).errno === TOO_MANY) return taken
      throw error
    }
}

/** Resolves when the other side has ended a session, with the time: epoch milliseconds. */
export const endOf = (connection: Connection): Promise<number> =>
  new Promise((resolve) => {
    const end = (): void => resolve(Date.now())
    connection.on('error', end)
    connection.on('end', end)
  })
