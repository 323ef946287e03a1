import { type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise'
import { kubernetes } from './cluster.ts'
import { eventually, type Key } from './mysqlcluster.ts'

const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString()

const serviceAddress = async ({ namespace, name }: Key): Promise<string> => {
  const service = await kubernetes.get('Service', { namespace, name })
  return service?.spec?.clusterIP ?? ''
}

export type ServiceName = 'primary' | 'replicas' | 'any'

/** How the application connects: through a Service, with what `<name>-app` says, over verified TLS. */
export const connectionOf = async (cluster: Key, service: ServiceName): Promise<ConnectionOptions> => {
  const { namespace, name } = cluster
  const [app, tls] = await Promise.all([
    kubernetes.get('Secret', { namespace, name: `${name}-app` }),
    kubernetes.get('Secret', { namespace, name: `${name}-tls` }),
  ])
  return {
    host: await serviceAddress({ namespace, name: `${name}-${service}` }),
    user: decode(app?.data?.['username']),
    password: decode(app?.data?.['password']),
    database: decode(app?.data?.['database']),
    ssl: { ca: decode(tls?.data?.['ca.crt']) },
    connectTimeout: 5_000,
  }
}

/** Runs statements as the application would. */
export const asApp = async (cluster: Key, service: ServiceName, statements: readonly string[]) => {
  const connection = await createConnection(await connectionOf(cluster, service))
  try {
    let rows: RowDataPacket[] = []
    for (const statement of statements) {
      const [result] = await connection.query(statement)
      rows = Array.isArray(result) ? (result as RowDataPacket[]) : []
    }
    return rows
  } finally {
    connection.destroy()
  }
}

/** The same, tried again while endpoints spread and replicas catch up, until it gives rows. */
export const eventuallyAsApp = (cluster: Key, service: ServiceName, statement: string) =>
  eventually(`rows from ${service} of ${cluster.name} for: ${statement}`, 30, async () => {
    const rows = await asApp(cluster, service, [statement]).catch(() => [])
    return rows.length > 0 ? rows : undefined
  })

/**
 * Writes as an application has to while the primary changes: between its election and the news of it at every node, a
 * session may meet a server that is read-only already, or still. The statement must be one that may be run twice.
 */
export const writeThroughFailover = async (cluster: Key, statement: string): Promise<void> => {
  let refusal = ''
  await eventually(
    `a write to ${cluster.name}: ${statement}`,
    10,
    async () => {
      try {
        await asApp(cluster, 'primary', [statement])
        return true
      } catch (error) {
        refusal = String(error)
        return undefined
      }
    },
    () => refusal,
  )
}
