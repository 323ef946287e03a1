import { randomBytes, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, jest, test } from '@jest/globals'
import { Client, Connection } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { NativeConnection, Worker } from '@temporalio/worker'
import { pino } from 'pino'
import { localCluster } from '../../deploy/local/cluster.ts'
import { workflowId } from '../../src/domain/names.ts'
import { readSettings } from '../../src/settings.ts'
import { temporalConverter } from '../../src/temporal/connection.ts'
import { createNotifier } from '../../src/temporal/notifier.ts'
import { useMounted } from '../support/mounted.ts'

jest.setTimeout(120_000)
const mounted = useMounted()
const address = localCluster().temporalAddress
const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url))

/** The names of patches, which Temporal itself writes and reads. */
const OF_TEMPORAL = ['patch-data', 'searchAttributes']

/** Payloads anywhere in a history, by how they are encoded. */
const encodings = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  const { encoding } = 'metadata' in value ? ((value.metadata ?? {}) as { encoding?: unknown }) : {}
  const own = encoding instanceof Uint8Array ? [Buffer.from(encoding).toString()] : []
  const parts = Object.entries(value).filter(([name]) => !OF_TEMPORAL.includes(name))
  return [...own, ...parts.flatMap(([, part]) => encodings(part))]
}

/** A cluster that is gone: its workflow looks once, finds nothing (or what `find` does), and ends. */
const lived = async (
  keys: Readonly<Record<string, string>>,
  told: Readonly<Record<string, string>>,
  find: () => null = () => null,
) => {
  const converter = (content: Readonly<Record<string, string>>) =>
    temporalConverter(
      readSettings(Object.keys(content).length > 0 ? { TEMPORAL_ENCRYPTION_KEYS_DIR: mounted(content) } : {}),
    )
  const ref = { namespace: 'nowhere', name: 'ghost', uid: randomUUID() }
  const taskQueue = `e2e-encryption-${ref.uid}`
  const connection = await Connection.connect({ address })
  const native = await NativeConnection.connect({ address })
  try {
    const looked: unknown[] = []
    const gather = async (seen: unknown) => {
      looked.push(seen)
      return find()
    }
    const worker = await Worker.create({
      connection: native,
      taskQueue,
      workflowsPath,
      activities: { gather },
      dataConverter: converter(keys),
    })
    const client = new Client({ connection, dataConverter: converter(told) })
    createNotifier(client.workflow, taskQueue, pino({ level: 'silent' }))(ref, { why: 'a telling reason' })
    const plain = new Client({ connection })
    const history = await worker.runUntil(async () => {
      const handle = plain.workflow.getHandle(workflowId(ref))
      const status = async () => (await handle.describe().catch(() => undefined))?.status.name ?? 'RUNNING'
      while ((await status()) === 'RUNNING') await new Promise((resolve) => setTimeout(resolve, 100))
      return handle.fetchHistory()
    })
    const failure = await client.workflow
      .getHandle(workflowId(ref))
      .result()
      .then(
        () => undefined,
        (error: { cause?: { cause?: Error } }) => error.cause?.cause?.message,
      )
    return { ref, looked, encodings: new Set(encodings(history)), told: JSON.stringify(history), failure }
  } finally {
    await connection.close()
    await native.close()
  }
}

const key = randomBytes(32).toString('base64')

test('with keys nothing that is passed through Temporal can be read there, and operator and worker understand each other', async () => {
  const { ref, looked, encodings: used } = await lived({ '2026-01': key }, { '2026-01': key })
  expect(looked).toEqual([ref])
  expect(used).toEqual(new Set(['binary/encrypted']))
})

test('a worker with keys understands what was written without, and encrypts what it writes', async () => {
  const { ref, looked, encodings: used } = await lived({ '2026-01': key }, {})
  expect(looked).toEqual([ref])
  expect(used).toEqual(new Set(['json/plain', 'binary/encrypted']))
})

test('without keys payloads are plain', async () => {
  const { encodings: used } = await lived({}, {})
  expect(used.has('binary/encrypted')).toBe(false)
  expect(used.has('json/plain')).toBe(true)
})

const fail = (): null => {
  throw ApplicationFailure.create({ message: 'shop-1 holds what nobody has', nonRetryable: true })
}

test('with keys the messages of failures cannot be read in Temporal, only by those who have the key', async () => {
  const { told, failure } = await lived({ '2026-01': key }, { '2026-01': key }, fail)
  expect(told).toContain('Encoded failure')
  expect(told).not.toContain('shop-1')
  expect(failure).toBe('shop-1 holds what nobody has')
})

test('without keys the messages of failures are there to be read', async () => {
  const { told, failure } = await lived({}, {}, fail)
  expect(told).toContain('shop-1 holds what nobody has')
  expect(failure).toBe('shop-1 holds what nobody has')
})
