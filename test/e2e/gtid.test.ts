import { afterAll, beforeAll, expect } from '@jest/globals'
import fc from 'fast-check'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { contains, equals, formatGtidSet, parseGtidSet, subtract, union } from '../../src/domain/gtid.ts'
import { gtidText } from '../support/gtid-sets.ts'
import { declare, healthy } from './stage/mysqlcluster.ts'
import { connectionOf } from './stage/sql.ts'
import { stories } from './stage/story.ts'

const namespace = 'e2e-gtid'
const key = { namespace, name: 'judge' }
const story = stories(namespace)

let server: Connection
beforeAll(async () => {
  await declare(key, { size: 1 })
  await healthy(key)
  server = await createConnection(await connectionOf(key, 'primary'))
}, 300_000)
afterAll(() => server?.destroy())

const answer = async (expression: string, ...values: readonly string[]): Promise<unknown> => {
  const [rows] = await server.execute<RowDataPacket[]>(`SELECT ${expression} AS answer`, [...values])
  return rows[0]?.['answer']
}
const setOf = async (expression: string, ...values: readonly string[]) =>
  parseGtidSet(String(await answer(expression, ...values)))

const always = <T>(property: fc.IAsyncProperty<T>): Promise<void> => fc.assert(property, { numRuns: 500 })

story('a GTID set holds another one when the server says so', () =>
  always(
    fc.asyncProperty(gtidText, gtidText, async (whole, part) => {
      expect(contains(parseGtidSet(whole), parseGtidSet(part))).toBe(
        Boolean(await answer('GTID_SUBSET(?, ?)', part, whole)),
      )
      const both = `${whole},${part}`
      expect(contains(parseGtidSet(both), parseGtidSet(part))).toBe(
        Boolean(await answer('GTID_SUBSET(?, ?)', part, both)),
      )
    }),
  ),
)

story('what is left of a GTID set without another one is what the server leaves', () =>
  always(
    fc.asyncProperty(gtidText, gtidText, async (left, right) => {
      const ours = subtract(parseGtidSet(left), parseGtidSet(right))
      expect(formatGtidSet(ours)).toBe(formatGtidSet(await setOf('GTID_SUBTRACT(?, ?)', left, right)))
    }),
  ),
)

story('two GTID sets together are what the server makes of both', () =>
  always(
    fc.asyncProperty(gtidText, gtidText, async (left, right) => {
      const ours = union(parseGtidSet(left), parseGtidSet(right))
      expect(equals(ours, await setOf("GTID_SUBTRACT(?, '')", `${left},${right}`))).toBe(true)
    }),
  ),
)

story('the server understands what is printed, and prints what is understood', () =>
  always(
    fc.asyncProperty(gtidText, async (text) => {
      const ours = parseGtidSet(text)
      expect(equals(await setOf("GTID_SUBTRACT(?, '')", formatGtidSet(ours)), ours)).toBe(true)
      expect(equals(await setOf("GTID_SUBTRACT(?, '')", text.toUpperCase()), ours)).toBe(true)
    }),
  ),
)
