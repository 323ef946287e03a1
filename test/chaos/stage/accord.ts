import { expect } from '@jest/globals'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { selectorLabels } from '../../../src/domain/names.ts'
import { kubernetes } from '../../e2e/stage/cluster.ts'
import { membersOf } from '../../e2e/stage/members.ts'
import { eventually, type Key } from '../../e2e/stage/mysqlcluster.ts'
import { connectionOf } from '../../e2e/stage/sql.ts'
import type { Acknowledged } from './client.ts'

interface Held {
  readonly pod: string
  readonly checksum: number
  /** How often each id is there. */
  readonly ids: ReadonlyMap<string, number>
}

const heldBy = async (key: Key, pod: string, ip: string): Promise<Held> => {
  const { ssl: _, ...options } = await connectionOf(key, 'primary')
  const connection = await createConnection({ ...options, host: ip })
  try {
    const [checksums] = await connection.query<RowDataPacket[]>('CHECKSUM TABLE ledger')
    const [rows] = await connection.query<RowDataPacket[]>('SELECT id, COUNT(*) AS times FROM ledger GROUP BY id')
    return {
      pod,
      checksum: Number(checksums[0]?.['Checksum']),
      ids: new Map(rows.map((row) => [String(row['id']), Number(row['times'])])),
    }
  } finally {
    connection.destroy()
  }
}

/** Waits until all members have applied the same transactions. */
const settled = (key: Key): Promise<unknown> =>
  eventually('all members hold the same transactions', 60, async () => {
    const members = await membersOf(key).catch(() => [])
    return new Set(members.map(({ holds }) => holds)).size === 1 || undefined
  })

/** Once nobody writes any more: every acknowledged write is there exactly once on every member, no other more often, and all agree. */
export const expectAccord = async (key: Key, acknowledged: readonly Acknowledged[]): Promise<void> => {
  await settled(key)
  const pods = await kubernetes.list('Pod', key.namespace, selectorLabels(key.name))
  const held = await Promise.all(pods.map(({ metadata, status }) => heldBy(key, metadata.name, status?.podIP ?? '')))
  expect(acknowledged.length).toBeGreaterThan(0)
  for (const { pod, ids } of held) {
    const lost = acknowledged.filter(({ id }) => !ids.has(id)).map(({ id, host }) => `${id}, acknowledged by ${host}`)
    const twice = [...ids].filter(([, times]) => times !== 1).map(([id]) => id)
    expect({ pod, lost, twice }).toEqual({ pod, lost: [], twice: [] })
  }
  expect(new Set(held.map(({ checksum }) => checksum)).size).toBe(1)
}
