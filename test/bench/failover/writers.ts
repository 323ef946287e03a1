import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise'

const PAUSE_MS = 10
const WRITE_MS = 10_000
const CONNECT_MS = 500
/** Read-only, or it takes no writes any more: the session lives. */
const REFUSALS = [1290, 1836, 3100, 3796]

/** Epoch milliseconds, finer than those of Date. */
export const now = (): number => performance.timeOrigin + performance.now()

/** Something that a writer saw: it came to a member, or a write of its was acknowledged by that. */
export interface Seen {
  readonly what: 'reached' | 'acknowledged'
  readonly host: string
  readonly at: number
}

export interface Writer {
  readonly seen: readonly Seen[]
  stop(): Promise<void>
}

/**
 * Writes one row after the other. `keeps`: whether a session whose write is refused is kept (whoever knows all members and
 * asks each of them), or given up for a new one (an application behind a Service).
 */
export const startWriter = (options: ConnectionOptions, table: string, keeps: boolean): Writer => {
  const seen: Seen[] = []
  let stopped = false
  const note = (what: Seen['what'], host: string): void => void seen.push({ what, host, at: now() })

  const write = async (connection: Connection): Promise<void> => {
    const [rows] = await connection.query('SELECT @@hostname AS host')
    const host = String((rows as { host: string }[])[0]?.host)
    note('reached', host)
    while (!stopped) {
      try {
        await connection.query({ sql: `INSERT INTO ${table} (at) VALUES (${Date.now()})`, timeout: WRITE_MS })
        note('acknowledged', host)
      } catch (error) {
        if (!keeps || !REFUSALS.includes((error as { errno?: number }).errno ?? 0)) throw error
      }
      await sleep(PAUSE_MS)
    }
  }

  const writing = (async () => {
    while (!stopped) {
      let connection: Connection | undefined
      try {
        connection = await createConnection({ ...options, connectTimeout: CONNECT_MS })
        connection.on('error', () => undefined)
        await write(connection)
      } catch {
        // The gap is what is measured.
        await sleep(PAUSE_MS)
      }
      connection?.destroy()
    }
  })()
  return {
    seen,
    async stop() {
      stopped = true
      await writing
    },
  }
}

/** The longest time without an acknowledged write, between `from` and now. */
export const longestGap = (
  seen: readonly Seen[],
  from: number,
): { readonly last: number; readonly next: Seen | undefined } => {
  const acknowledged = seen
    .filter(({ what, at }) => what === 'acknowledged' && at >= from)
    .toSorted((a, b) => a.at - b.at)
  let found = { last: from, next: acknowledged[0] }
  for (const [index, { at }] of acknowledged.entries()) {
    const next = acknowledged[index + 1]
    if (next && next.at - at > (found.next?.at ?? Number.POSITIVE_INFINITY) - found.last) found = { last: at, next }
  }
  return found
}
