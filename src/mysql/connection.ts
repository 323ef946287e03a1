import { connect as connectSocket } from 'node:net'
import { type Connection, createConnection } from 'mysql2/promise'
import { OperatorError } from '../domain/errors.ts'
import { PORTS } from '../domain/names.ts'
import type { Access, MemberAddress } from './port.ts'

const CONNECT_MS = 3_000

interface ServerError {
  readonly errno?: number
  readonly sqlMessage?: string
  readonly code?: string
}

/** The error of our table for one of the driver's, which carries the statement and so may hold a password: it is dropped. */
const refused = (member: MemberAddress, error: unknown): OperatorError => {
  const { errno, sqlMessage, code } = error as ServerError
  return sqlMessage
    ? new OperatorError('MemberRefused', `${member.pod}: ${sqlMessage} (${errno})`)
    : new OperatorError('MemberUnreachable', `${member.pod}: ${code ?? 'no answer'}`)
}

/** A connection on which every statement is bounded in time and fails with an error of our table. */
export interface AdminConnection {
  /** Rows of one statement. `values` replace `?`; the statement must hold no secret by itself. */
  query(sql: string, values?: readonly unknown[], timeoutMs?: number): Promise<unknown[]>
  readonly closed: Promise<void>
  close(): void
}

/** How a member is connected to: the simulation puts a way of its own in its place. */
export type Connect = (member: MemberAddress, access: Access) => Promise<AdminConnection>

/**
 * Connects to the admin interface of a member as `operator`, over TLS: by the address of the pod, so that no DNS
 * is waited for, but verified by the member's name.
 */
export const connectAdmin: Connect = async (member, access) => {
  let connection: Connection
  try {
    connection = await createConnection({
      host: member.host,
      port: PORTS.admin,
      user: 'operator',
      password: access.operator,
      connectTimeout: CONNECT_MS,
      ssl: { ca: access.authority, verifyIdentity: true, minVersion: 'TLSv1.2' },
      stream: () => connectSocket({ host: member.ip, port: PORTS.admin, noDelay: true }),
      supportBigNumbers: true,
    })
  } catch (error) {
    throw refused(member, error)
  }
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  connection.on('error', () => resolve())
  connection.on('end', () => resolve())

  const query = async (sql: string, values: readonly unknown[] = [], timeoutMs = 10_000): Promise<unknown[]> => {
    try {
      const [rows] = await connection.query({ sql, values: [...values], timeout: timeoutMs })
      return Array.isArray(rows) ? rows : []
    } catch (error) {
      throw refused(member, error)
    }
  }
  const close = (): void => {
    resolve()
    connection.destroy()
  }
  // A look at the group must not wait for a new primary to apply its backlog.
  await query("SET SESSION group_replication_consistency = 'EVENTUAL'")
  return { query, closed, close }
}
