import { afterAll } from '@jest/globals'
import { type Connection, createConnection } from 'mysql2/promise'
import { eventually, type Key } from './mysqlcluster.ts'
import { connectionOf, eventuallyAsApp } from './sql.ts'

const PAUSE_MS = 25
const WRITE_MS = 15_000
/** Old sessions and new ones take different ways through a node: both must work. */
const WRITES_PER_SESSION = 20

const running = new Set<() => Promise<void>>()
/** Also those of stories that failed. */
afterAll(async () => {
  for (const end of running) await end()
})

export interface Writer {
  /** Writes that were not acknowledged so far, and why. */
  readonly refused: readonly string[]
  /** Resolves once some more writes were acknowledged. */
  goesOn(): Promise<void>
  /** Ends it, and makes sure that every acknowledged write can be read. */
  stop(): Promise<void>
}

/**
 * An application that writes all the time through the cluster IP of the write Service. What it needs to connect it reads
 * once, so that it depends on nothing but that Service.
 */
export const startWriting = async (cluster: Key, table: string): Promise<Writer> => {
  const options = await connectionOf(cluster, 'primary')
  const refused: string[] = []
  let acknowledged = 0
  let stopped = false
  let session: Connection | undefined

  const query = async (sql: string): Promise<void> => {
    session ??= await createConnection(options)
    await session.query({ sql, timeout: WRITE_MS })
  }
  await query(`CREATE TABLE ${table} (id INT PRIMARY KEY)`)

  const write = async (id: number): Promise<void> => {
    try {
      if (id % WRITES_PER_SESSION === 0) {
        session?.destroy()
        session = undefined
      }
      await query(`INSERT INTO ${table} VALUES (${id})`)
      acknowledged += 1
    } catch (error) {
      refused.push(`${new Date().toISOString()} ${error}`)
      session?.destroy()
      session = undefined
    }
  }
  const writing = (async () => {
    for (let id = 1; !stopped; id += 1) {
      await write(id)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    session?.destroy()
  })()

  const end = async (): Promise<void> => {
    stopped = true
    await writing
    running.delete(end)
  }
  running.add(end)

  return {
    refused,
    async goesOn() {
      const until = acknowledged + WRITES_PER_SESSION
      const enough = async () => (acknowledged >= until ? true : undefined)
      await eventually(`${WRITES_PER_SESSION} more writes`, 60, enough, () => refused)
    },
    async stop() {
      await end()
      await eventuallyAsApp(cluster, 'primary', `SELECT COUNT(*) AS n FROM ${table} HAVING n >= ${acknowledged}`)
    },
  }
}
