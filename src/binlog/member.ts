import { connect as connectSocket } from 'node:net'
import { createConnection } from 'mysql2'
import * as z from 'zod'
import { type Clock, systemClock } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import { type GtidSet, parseGtidSet } from '../domain/gtid.ts'
import { PORTS } from '../domain/names.ts'
import { binlogConnection } from './connection.ts'
import type { BinlogEvent } from './event.ts'
import { type BinlogConnection, readBinlog, type StreamRequest } from './reader.ts'

const CONNECT_MS = 3_000
const ANSWER_MS = 5_000

/** What it takes to be let in as `archive`. Secret: never logged. */
export interface ArchiveAccess {
  readonly authority: string
  readonly password: string
}

/** A member, by the name that it is verified by. `ip`: where it is, when it is not looked up by that name. */
export interface LogSource {
  readonly host: string
  readonly ip?: string
}

/** What a member says of itself. */
export interface LogView {
  readonly host: string
  /** MEMBER_STATE and MEMBER_ROLE in its group; empty when it is in none. */
  readonly state: string
  readonly role: string
  readonly executed: GtidSet
  /** What it has executed and has no binary logs of any more. */
  readonly purged: GtidSet
}

const STATE = `SELECT @@GLOBAL.gtid_executed AS executed, @@GLOBAL.gtid_purged AS purged,
  (SELECT CONCAT(MEMBER_STATE, ' ', MEMBER_ROLE) FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@GLOBAL.server_uuid) AS place`
const StateSchema = z.tuple([z.object({ executed: z.string(), purged: z.string(), place: z.string().nullable() })])

/** Connects as `archive` to the port of clients, over verified TLS. Throws MemberUnreachable and MemberRefused. */
const connect = async ({ host, ip = host }: LogSource, access: ArchiveAccess): Promise<BinlogConnection> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const connection = createConnection({
    host,
    port: PORTS.mysql,
    user: 'archive',
    password: access.password,
    connectTimeout: CONNECT_MS,
    ssl: { ca: access.authority, verifyIdentity: true, minVersion: 'TLSv1.2' },
    stream: () => connectSocket({ host: ip, port: PORTS.mysql, noDelay: true }),
  })
  connection.connect((error) => (error ? reject(error) : resolve()))
  try {
    await promise
    return binlogConnection(connection)
  } catch (error) {
    connection.destroy()
    const { errno, sqlMessage, code } = error as { errno?: number; sqlMessage?: string; code?: string }
    throw sqlMessage
      ? new OperatorError('MemberRefused', `${host}: ${sqlMessage} (${errno})`)
      : new OperatorError('MemberUnreachable', `${host}: ${code ?? 'no answer'}`)
  }
}

/** The transactions that a member has logged and `known` does not hold, as `readBinlog` promises. */
export async function* streamOf(
  source: LogSource,
  access: ArchiveAccess,
  request: Omit<StreamRequest, 'pod'>,
  clock: Clock = systemClock,
): AsyncGenerator<BinlogEvent, void, undefined> {
  const connection = await connect(source, access)
  yield* readBinlog(connection, clock, { ...request, pod: source.host })
}

/** A member that is asked now and then; the connection is kept. */
export interface Asked {
  /** Undefined while it cannot be reached, or does not answer. */
  look(): Promise<LogView | undefined>
  close(): void
}

export const askMember = (source: LogSource, access: ArchiveAccess, clock: Clock = systemClock): Asked => {
  let connection: BinlogConnection | undefined
  const close = (): void => {
    connection?.close()
    connection = undefined
  }
  const ask = async (): Promise<LogView> => {
    connection ??= await connect(source, access)
    const [{ executed, purged, place }] = StateSchema.parse(await connection.query(STATE))
    const [state = '', role = ''] = (place ?? '').split(' ')
    return { host: source.host, state, role, executed: parseGtidSet(executed), purged: parseGtidSet(purged) }
  }
  return {
    close,
    async look() {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const cancel = clock.after(ANSWER_MS, () => resolve(undefined))
      const asking = ask().catch(() => undefined)
      const view = await Promise.race([asking, promise])
      cancel()
      if (!view) close()
      return view
    },
  }
}
