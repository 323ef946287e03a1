import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionOptions } from 'mysql2/promise'
import { selectorLabels } from '../../../src/domain/names.ts'
import { now } from '../../bench/failover/writers.ts'
import { kubernetes } from '../../e2e/stage/cluster.ts'
import { eventually, type Key } from '../../e2e/stage/mysqlcluster.ts'
import { asApp, connectionOf } from '../../e2e/stage/sql.ts'
import { type Acknowledged, type Client, startClient } from './client.ts'

const LEDGER = 'ledger'
const WRITER_PAUSE_MS = 20
const PROBE_PAUSE_MS = 50
const READER_PAUSE_MS = 100
const LOOK_MS = 500
const ENOUGH = 20
/** No address of a machine: a pod that has none yet. */
const NOWHERE = '198.18.0.254'

const insert = (id: string): string => `INSERT INTO ${LEDGER} (id) VALUES ('${id}')`

/** All who use a cluster while something is done to it. */
export interface Traffic {
  /** Writes through the Service. */
  readonly writer: Client
  readonly reader: Client
  /** One for each member, which tries to write there all the while. */
  readonly probes: readonly Client[]
  /** Resolves once the writer had some more writes acknowledged that it sent from now on. */
  goesOn(seconds: number): Promise<Acknowledged>
  stop(): Promise<void>
}

/** The addresses of the pods, as far as the API server tells; what it told last when it is away. */
const followAddresses = async ({ namespace, name }: Key) => {
  const addresses = new Map<string, string>()
  const look = async (): Promise<void> => {
    const pods = await kubernetes.list('Pod', namespace, selectorLabels(name))
    for (const { metadata, status } of pods) if (status?.podIP) addresses.set(metadata.name, status.podIP)
  }
  await look()
  let stopped = false
  const following = (async () => {
    while (!stopped) {
      await sleep(LOOK_MS)
      await look().catch(() => undefined)
    }
  })()
  const stop = async (): Promise<void> => {
    stopped = true
    await following
  }
  return { addresses: addresses as ReadonlyMap<string, string>, stop }
}

/** Rows are told apart by a number of the server, not by their id: a write that happened twice must be seen twice. */
const makeLedger = (key: Key): Promise<unknown> =>
  asApp(key, 'primary', [`CREATE TABLE IF NOT EXISTS ${LEDGER} (n BIGINT AUTO_INCREMENT PRIMARY KEY, id VARCHAR(80))`])

const direct = ({ ssl: _, ...options }: ConnectionOptions): ConnectionOptions => options

/** Starts writer, reader and probes. `prefix` makes the ids of this run different from all others. */
export const startTraffic = async (key: Key, prefix: string): Promise<Traffic> => {
  await makeLedger(key)
  const [primary, replicas, pods] = await Promise.all([
    connectionOf(key, 'primary'),
    connectionOf(key, 'replicas'),
    followAddresses(key),
  ])
  const writer = startClient(() => primary, {
    ...{ name: `${prefix}-writer`, pauseMs: WRITER_PAUSE_MS, keeps: false },
    statement: insert,
  })
  const reader = startClient(() => replicas, {
    ...{ name: `${prefix}-reader`, pauseMs: READER_PAUSE_MS, keeps: false },
    statement: () => `SELECT MAX(n) FROM ${LEDGER}`,
  })
  const probes = [...pods.addresses.keys()].map((pod) =>
    startClient(() => ({ ...direct(primary), host: pods.addresses.get(pod) ?? NOWHERE }), {
      ...{ name: `${prefix}-${pod}`, pauseMs: PROBE_PAUSE_MS, keeps: true },
      statement: insert,
    }),
  )
  return {
    writer,
    reader,
    probes,
    async goesOn(seconds) {
      const from = now()
      const fresh = () => writer.acknowledged.filter(({ sent }) => sent > from)
      await eventually(
        `${ENOUGH} more writes`,
        seconds,
        async () => (fresh().length >= ENOUGH ? true : undefined),
        () => writer.failed.slice(-3),
      )
      return fresh()[0] as Acknowledged
    },
    async stop() {
      await Promise.all([writer, reader, ...probes, pods].map((one) => one.stop()))
    },
  }
}
