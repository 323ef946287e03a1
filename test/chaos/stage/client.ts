import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise'
import { now } from '../../bench/failover/writers.ts'

const CONNECT_MS = 500
/** As an application that does not wait for ever: a write without an answer by then may have happened, or not. */
const ANSWER_MS = 2_000
/** Read-only, or not online: the server refuses and the session lives. */
const REFUSALS = [1290, 1836, 3100, 3796]

/** Something that was asked of a member and that it acknowledged. */
export interface Acknowledged {
  readonly id: string
  readonly host: string
  readonly sent: number
  readonly at: number
}

export interface Client {
  readonly acknowledged: readonly Acknowledged[]
  /** What was not acknowledged, and why. */
  readonly failed: readonly { readonly at: number; readonly why: string }[]
  stop(): Promise<void>
}

export interface Habits {
  readonly name: string
  readonly pauseMs: number
  /** Whether a session whose statement is refused is kept (who asks one member), or given up (an application behind a Service). */
  readonly keeps: boolean
  readonly statement: (id: string) => string
}

/** One statement after the other, each with an id of its own that is never used again, on a session that is made anew when it is lost. */
export const startClient = (connectTo: () => ConnectionOptions, habits: Habits): Client => {
  const acknowledged: Acknowledged[] = []
  const failed: { at: number; why: string }[] = []
  let stopped = false
  let turn = 0

  const talk = async (connection: Connection): Promise<void> => {
    const [rows] = await connection.query({ sql: 'SELECT @@hostname AS host', timeout: ANSWER_MS })
    const host = String((rows as { host: string }[])[0]?.host)
    while (!stopped) {
      turn += 1
      const id = `${habits.name}-${turn}`
      const sent = now()
      try {
        await connection.query({ sql: habits.statement(id), timeout: ANSWER_MS })
        acknowledged.push({ id, host, sent, at: now() })
      } catch (error) {
        if (!habits.keeps || !REFUSALS.includes((error as { errno?: number }).errno ?? 0)) throw error
      }
      await sleep(habits.pauseMs)
    }
  }

  const living = (async () => {
    while (!stopped) {
      let connection: Connection | undefined
      try {
        connection = await createConnection({ ...connectTo(), connectTimeout: CONNECT_MS })
        connection.on('error', () => undefined)
        await talk(connection)
      } catch (error) {
        failed.push({ at: now(), why: String(error) })
        await sleep(habits.pauseMs)
      }
      connection?.destroy()
    }
  })()
  return {
    acknowledged,
    failed,
    async stop() {
      stopped = true
      await living
    },
  }
}
