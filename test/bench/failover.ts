import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionOptions } from 'mysql2/promise'
import { objectNames, selectorLabels } from '../../src/domain/names.ts'
import { readMoves } from '../../src/kubernetes/moves.ts'
import setup from '../e2e/setup.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { declare, eventually, healthy } from '../e2e/stage/mysqlcluster.ts'
import { asApp, connectionOf } from '../e2e/stage/sql.ts'
import { type EndpointChange, followEndpoints } from './failover/endpoints.ts'
import { EVENTS, type EventName } from './failover/events.ts'
import { type Run, tell } from './failover/table.ts'
import { longestGap, now, type Seen, startWriter, type Writer } from './failover/writers.ts'

/**
 * How long writes stand still when the primary changes: through the write Service, and, at the same time, for a client that
 * knows all members and finds out by itself which one takes writes, which is what the group itself needs.
 */

const RUNS = Number(process.env['RUNS'] ?? 20)
const KINDS = (process.env['KINDS'] ?? Object.keys(EVENTS).join(',')).split(',') as EventName[]
const KEY = { namespace: 'bench-failover', name: 'gap' }
const SERVICE = { namespace: KEY.namespace, name: objectNames(KEY.name).primary }
/** Longer than kube-proxy waits between two syncs: what was before the event must not weigh on it. */
const CALM_MS = 3_000

const access = async (): Promise<ConnectionOptions> => {
  const { ssl: _, ...options } = await connectionOf(KEY, 'primary')
  return options
}

const startGroupWriters = async (): Promise<readonly Writer[]> => {
  const options = await access()
  const pods = await kubernetes.list('Pod', KEY.namespace, selectorLabels(KEY.name))
  return pods.map(({ status }) => startWriter({ ...options, host: status?.podIP ?? '' }, 'direct', true))
}

const secondsBetween = (from: number, to: number | undefined): number => ((to ?? Number.NaN) - from) / 1000

const phasesOf = (
  event: { readonly begun: number; readonly moved: number; readonly to: string },
  service: readonly Seen[],
  group: number | undefined,
  endpoints: readonly EndpointChange[],
): Run['phases'] => {
  const { last, next } = longestGap(service, event.begun - 500)
  const reached = service.find(({ what, host, at }) => what === 'reached' && host === event.to && at > last)?.at
  const endpoint = endpoints.find(({ pods, at }) => pods === event.to && at > last)?.at
  return {
    'begun until the last write on the old primary': secondsBetween(event.begun, last),
    'detection and election: until the group takes writes': secondsBetween(last, group),
    'observer: until the write Service selects the new primary': secondsBetween(group ?? Number.NaN, event.moved),
    'endpoints: until the EndpointSlice names it': secondsBetween(event.moved, endpoint),
    'kube-proxy: until a new connection comes to it': secondsBetween(endpoint ?? Number.NaN, reached),
    'client: until its write is acknowledged': secondsBetween(reached ?? Number.NaN, next?.at),
  }
}

const measure = async (event: EventName): Promise<Run> => {
  await healthy(KEY)
  const direct = await startGroupWriters()
  const service = startWriter(await access(), 'routed', false)
  const endpoints = followEndpoints(SERVICE)
  try {
    await sleep(CALM_MS)
    const primary = (await healthy(KEY)).status?.primary ?? ''
    const begun = now()
    await EVENTS[event].begin(KEY, primary)
    const { to, moved } = await eventually('another primary takes the writes', 60, async () => {
      const [last] = readMoves(await kubernetes.get('Service', SERVICE))
      return last?.from === primary && last.moved > begun ? last : undefined
    })
    await eventually(
      'writes through the Service',
      60,
      async () => service.seen.some(({ what, host }) => what === 'acknowledged' && host === to) || undefined,
    )
    await sleep(CALM_MS)
    const routed = longestGap(service.seen, begun - 500)
    const group = longestGap(
      direct.flatMap(({ seen }) => seen),
      begun - 500,
    )
    return {
      gap: secondsBetween(routed.last, routed.next?.at),
      floor: secondsBetween(group.last, group.next?.at),
      phases: phasesOf({ begun, moved, to }, service.seen, group.next?.at, endpoints.changes),
    }
  } finally {
    endpoints.stop()
    await Promise.all([service, ...direct].map((writer) => writer.stop()))
  }
}

await setup()
await kubectl('create', 'namespace', KEY.namespace)
try {
  await declare(KEY, { size: 3, storage: { onDelete: 'Delete' } })
  await healthy(KEY)
  const table = '(id BIGINT AUTO_INCREMENT PRIMARY KEY, at BIGINT)'
  await asApp(KEY, 'primary', [`CREATE TABLE routed ${table}`, `CREATE TABLE direct ${table}`])
  const measured: Partial<Record<EventName, Run[]>> = {}
  for (const event of KINDS)
    for (let run = 1; run <= RUNS; run += 1) {
      const result = await measure(event)
      measured[event] = [...(measured[event] ?? []), result]
      const phases = Object.values(result.phases).map((seconds) => seconds.toFixed(2))
      console.log(
        `${event} ${run}: through the Service ${result.gap.toFixed(2)} s, the group ${result.floor.toFixed(2)} s (${phases.join(' ')})`,
      )
    }
  tell(measured)
} finally {
  await kubectl('-n', KEY.namespace, 'delete', 'mc', '--all', '--timeout=180s')
  await kubectl('delete', 'namespace', KEY.namespace, '--timeout=180s')
}
process.exit(0)
