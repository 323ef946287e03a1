import { sleep } from '../src/clock.ts'
import { stateOf } from '../src/domain/cluster-state.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, ROLE_LABEL } from '../src/domain/names.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import { judgeSwitchover } from '../src/domain/switchover.ts'
import { beating } from './beating.ts'
import { gather } from './gather.ts'
import { evidence, reach } from './group.ts'
import type { Ports } from './ports.ts'

const LOOK_MS = 200
const FOLLOW_MS = 20_000

/**
 * Hands the primary role to `to`, after judging it once more on fresh evidence. Resolves with who was primary before:
 * with `to` itself when there was nothing to do. Throws GateClosed when the hand-over is refused.
 */
export const handOver = async (ports: Ports, ref: ClusterRef, to: string): Promise<{ from: string }> => {
  const { snapshot } = await evidence(ports, ref)
  const verdict = judgeSwitchover(snapshot, stateOf(snapshot), to)
  if (verdict.kind === 'Done') return { from: verdict.primary }
  if (verdict.kind === 'Refused') throw new OperatorError('GateClosed', verdict.why)
  const { address, access } = await reach(ports, ref, snapshot, to)
  await beating(ports, `${to} takes over from ${verdict.from}`, () => ports.mysql.handOver(address, access))
  return { from: verdict.from }
}

/** What of a change of primary to `to` has not happened yet; empty when all has. */
const unfinished = async ({ kubernetes }: Ports, ref: ClusterRef, to: string, snapshot: Snapshot) => {
  const state = stateOf(snapshot)
  const primary = state.kind === 'Serving' ? state.primary : undefined
  const writers = snapshot.members.filter((member) => member.pod !== to && !member.readOnly).map(({ pod }) => pod)
  const pod = await kubernetes.get('Pod', { namespace: ref.namespace, name: to })
  return [
    ...(primary === to ? [] : [`the group has ${primary ?? 'no member'} as its primary`]),
    ...(snapshot.members.some((member) => member.pod === to && !member.readOnly) ? [] : [`${to} takes no writes`]),
    ...writers.map((name) => `${name} takes writes, too`),
    ...(snapshot.writes === to ? [] : [`the write Service selects ${snapshot.writes ?? 'nothing'}`]),
    ...(pod?.metadata.labels?.[ROLE_LABEL] === 'primary' ? [] : [`${to} is not labelled as primary`]),
  ]
}

/** Waits until the cluster has followed a change of primary to `to`; resolves with what has not, after 20 seconds. */
export const verifyPrimary = async (ports: Ports, ref: ClusterRef, to: string): Promise<{ unfinished: string[] }> => {
  const until = ports.clock.now() + FOLLOW_MS
  for (;;) {
    const snapshot = await gather(ports, ref)
    if (!snapshot) return { unfinished: ['the cluster is gone'] }
    const left = await unfinished(ports, ref, to, snapshot)
    if (left.length === 0 || ports.clock.now() >= until) return { unfinished: left }
    ports.heartbeat(left.join('; '))
    await sleep(ports.clock, LOOK_MS)
  }
}
