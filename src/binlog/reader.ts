import * as z from 'zod'
import type { Clock } from '../clock.ts'
import { OperatorError } from '../domain/errors.ts'
import { type Command, type DumpRequest, dumpCommand } from './dump.ts'
import { type BinlogEvent, createEventParser } from './event.ts'

/** What of the driver's connection the reader uses. It is the stream's alone, and of no more use after it. */
export interface BinlogConnection {
  query(sql: string, values?: readonly unknown[]): Promise<unknown[]>
  addCommand(command: Command): unknown
  pause(): void
  resume(): void
  close(): void
}

export interface StreamRequest extends DumpRequest {
  /** In errors: which member it is. */
  readonly pod: string
  /** As that of a replica: of two streams with the same one a server ends the older. */
  readonly uuid: string
  /** How long a server may be silent: it sends a heartbeat then. A member that is silent for three times as long is lost. */
  readonly heartbeatMs: number
}

const MOST_WAITING = 4 * 2 ** 20
const SILENT_HEARTBEATS = 3
const PURGED = 1236
const SET = 'SET @source_binlog_checksum = @@GLOBAL.binlog_checksum, @source_heartbeat_period = ?, @replica_uuid = ?'
const ChecksumSchema = z.tuple([z.object({ checksum: z.enum(['NONE', 'CRC32']) })])

/** The error of our table for what ended a stream. The driver's holds no statement here, but its message is not trusted. */
const lost = (pod: string, error: unknown): OperatorError => {
  if (error instanceof OperatorError) return error
  const { errno, sqlMessage, code } = error as { errno?: number; sqlMessage?: string; code?: string }
  if (sqlMessage === undefined)
    return new OperatorError('MemberUnreachable', `${pod}: ${code ?? 'the stream broke off'}`)
  const gone = errno === PURGED && /purged/.test(sqlMessage)
  return new OperatorError(gone ? 'BinlogPurged' : 'MemberRefused', `${pod}: ${sqlMessage} (${errno})`)
}

/** Events between a server that sends and one who reads: the connection rests while more than enough wait. */
const createQueue = (connection: BinlogConnection) => {
  const waiting: Buffer[] = []
  let bytes = 0
  let resting = false
  let end: { readonly error?: unknown } | undefined
  let wake: (() => void) | undefined
  const woken = (): void => {
    wake?.()
    wake = undefined
  }
  return {
    get resting() {
      return resting
    },
    event(event: Buffer) {
      waiting.push(event)
      bytes += event.length
      if (!resting && bytes > MOST_WAITING) {
        resting = true
        connection.pause()
      }
      woken()
    },
    ended(error?: unknown) {
      end ??= error === undefined ? {} : { error }
      woken()
    },
    /** The next event; undefined at the end of the stream. What came before an error is given first. */
    async next(): Promise<Buffer | undefined> {
      for (;;) {
        const event = waiting.shift()
        if (event) {
          bytes -= event.length
          if (resting && bytes <= MOST_WAITING / 2) {
            resting = false
            connection.resume()
          }
          return event
        }
        if (end) {
          if ('error' in end) throw end.error
          return undefined
        }
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
    },
  }
}

/**
 * The events of all transactions that are not in `known`, as the member logged them; heartbeats too. Whoever reads slowly slows the
 * server down. Ends when the server ends it (which a stream that follows never does by itself), and closes the connection then.
 * Throws BinlogPurged when the member no longer has what is asked for, BinlogBroken at bytes that no server writes, MemberRefused, and
 * MemberUnreachable when the connection breaks or is silent.
 */
export async function* readBinlog(
  connection: BinlogConnection,
  clock: Clock,
  request: StreamRequest,
): AsyncGenerator<BinlogEvent, void, undefined> {
  const { pod, uuid, heartbeatMs } = request
  let cancel: (() => void) | undefined
  try {
    await connection.query(SET, [heartbeatMs * 1_000_000, uuid])
    const rows = await connection.query('SELECT @source_binlog_checksum AS checksum')
    const [{ checksum }] = ChecksumSchema.parse(rows)
    const parse = createEventParser(checksum === 'CRC32' ? 'crc32' : 'none')
    const queue = createQueue(connection)
    const listen = (): void => {
      cancel?.()
      cancel = clock.after(heartbeatMs * SILENT_HEARTBEATS, () => {
        // A connection that rests hears nothing by our own wish.
        if (queue.resting) listen()
        else queue.ended(new OperatorError('MemberUnreachable', `${pod}: the stream fell silent`))
      })
    }
    listen()
    const event = (bytes: Buffer): void => {
      listen()
      queue.event(bytes)
    }
    connection.addCommand(dumpCommand(request, { event, ended: queue.ended }))
    for (let bytes = await queue.next(); bytes; bytes = await queue.next()) yield parse(bytes)
  } catch (error) {
    throw lost(pod, error)
  } finally {
    cancel?.()
    connection.close()
  }
}
