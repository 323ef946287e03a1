import type { Connection } from 'mysql2'
import type { Command } from './dump.ts'
import type { BinlogConnection } from './reader.ts'

/** What the driver has and its types do not tell of. */
interface Untold {
  addCommand(command: Command): unknown
  readonly stream: { destroy(): void }
}

/** A connection of the driver, given over to one stream. */
export const binlogConnection = (connection: Connection): BinlogConnection => {
  const untold = connection as unknown as Untold
  // Whoever waits is told by the command itself; without a listener the process would end.
  connection.on('error', () => undefined)
  return {
    async query(sql, values = []) {
      const [rows] = await connection.promise().query(sql, [...values])
      return Array.isArray(rows) ? rows : []
    },
    addCommand: (command) => untold.addCommand(command),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    close() {
      connection.destroy()
      // The driver only says goodbye, and a server that sends would go on doing so.
      untold.stream.destroy()
    },
  }
}
