import { type Connection, createConnection } from 'mysql2/promise'
import { kubernetes } from '../../e2e/stage/cluster.ts'
import { floorManifests } from './manifest.ts'

const POLL_MS = 100
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS))

const connect = (host: string): Promise<Connection> =>
  createConnection({ host, user: 'boss', password: 'boss', connectTimeout: 2_000 })

/** The connection to a pod's mysqld, as soon as it takes one. */
const whenUp = async (namespace: string, name: string): Promise<Connection> => {
  for (;;) {
    const ip = (await kubernetes.get('Pod', { namespace, name }))?.status?.podIP
    if (ip)
      try {
        return await connect(ip)
      } catch {
        // It still starts.
      }
    await pause()
  }
}

const start = async (connection: Connection): Promise<void> => {
  await connection.query(
    "CHANGE REPLICATION SOURCE TO SOURCE_USER = 'repl', SOURCE_PASSWORD = 'repl' FOR CHANNEL 'group_replication_recovery'",
  )
  await connection.query('START GROUP_REPLICATION')
}

const online = async (connection: Connection, count: number): Promise<void> => {
  const query = "SELECT COUNT(*) AS n FROM performance_schema.replication_group_members WHERE member_state = 'ONLINE'"
  for (;;) {
    const [rows] = await connection.query(query)
    if (Number((rows as { n: number }[])[0]?.n) >= count) return
    await pause()
  }
}

/** Brings up the floor in a namespace: what a person does by hand, without a wasted moment. */
export const provisionFloor = async (namespace: string, image: string): Promise<void> => {
  await Promise.all(floorManifests(namespace, image).map((object) => kubernetes.create(object)))
  const members = await Promise.all([0, 1, 2].map((n) => whenUp(namespace, `floor-${n}`)))
  const [first, ...others] = members
  if (!first) throw new Error('no members')
  await first.query('SET GLOBAL group_replication_bootstrap_group = ON')
  await start(first)
  await first.query('SET GLOBAL group_replication_bootstrap_group = OFF')
  for (const [n, member] of others.entries()) {
    await start(member)
    await online(first, n + 2)
  }
  for (const member of members) member.destroy()
}
