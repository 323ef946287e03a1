import { createConnection } from 'mysql2/promise'
import { eventually, type Key } from './mysqlcluster.ts'
import { asApp, connectionOf, eventuallyAsApp } from './sql.ts'

const PAUSE_MS = 50
const WRITE_MS = 3_000

/** An application that writes rows all the time, and knows which of them it was told are kept. */
export interface Recorder {
  refused(): number
  /** Resolves once more rows were acknowledged. */
  goesOn(): Promise<void>
  /** Ends it. Fails unless every row that was acknowledged is there. */
  allKept(): Promise<void>
}

/** Begins to write through the write Service. Whatever fails is tried again with another connection, and another row. */
export const record = async (cluster: Key, table: string): Promise<Recorder> => {
  await asApp(cluster, 'primary', [`CREATE TABLE ${table} (id INT PRIMARY KEY)`])
  const options = await connectionOf(cluster, 'primary')
  const acknowledged: number[] = []
  let refused = 0
  let stopped = false
  let id = 0

  const session = async (): Promise<void> => {
    const connection = await createConnection({ ...options, connectTimeout: WRITE_MS })
    connection.on('error', () => undefined)
    try {
      for (; !stopped; id += 1) {
        await connection.query({ sql: `INSERT INTO ${table} VALUES (${id})`, timeout: WRITE_MS })
        acknowledged.push(id)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    } finally {
      connection.destroy()
    }
  }
  const writing = (async () => {
    while (!stopped)
      await session().catch(async () => {
        refused += 1
        id += 1
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      })
  })()

  return {
    refused: () => refused,
    async goesOn() {
      const enough = acknowledged.length + 20
      await eventually('20 more rows', 90, async () => (acknowledged.length >= enough ? true : undefined))
    },
    async allKept() {
      stopped = true
      await writing
      for (const service of ['primary', 'replicas'] as const) {
        await eventuallyAsApp(cluster, service, `SELECT 1 FROM ${table} WHERE id = ${acknowledged.at(-1)}`)
        const rows = await asApp(cluster, service, [`SELECT id FROM ${table}`])
        const found = new Set(rows.map((row) => Number(row['id'])))
        const lost = acknowledged.filter((row) => !found.has(row))
        if (lost.length > 0)
          throw new Error(`${lost.length} of ${acknowledged.length} rows are lost: ${lost.slice(0, 9)}`)
      }
    },
  }
}
