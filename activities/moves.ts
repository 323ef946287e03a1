import { entryOfMove, eventOfMove, unnotedMoves } from '../src/domain/moves.ts'
import { type ClusterRef, objectNames } from '../src/domain/names.ts'
import { withEntry } from '../src/domain/timeline.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import { readMoves } from '../src/kubernetes/moves.ts'
import { readCluster } from './cluster.ts'
import type { Ports } from './ports.ts'
import { record } from './procedures.ts'

/**
 * Notes the changes of the primary that no procedure tells of: each once, in the timeline and as an event, whoever asks and
 * however often. They stand on the write Service, where the observer left them.
 */
export const noteMoves = async (ports: Ports, ref: ClusterRef): Promise<void> => {
  const { kubernetes, clock, instance } = ports
  const { namespace, name } = ref
  const [cluster, service] = await Promise.all([
    readCluster(kubernetes, ref),
    kubernetes.get('Service', { namespace, name: objectNames(name).primary }),
  ])
  const moves = unnotedMoves(readMoves(service), cluster?.status)
  if (!cluster || cluster.metadata.deletionTimestamp || moves.length === 0) return
  const now = new Date(clock.now()).toISOString()
  for (const move of moves) {
    const { text, occasion } = eventOfMove(move)
    await publishEvent(kubernetes, ref, text, occasion, instance, now)
  }
  const { timeline = [], procedure } = cluster.status ?? {}
  await record(ports, ref, cluster, {
    ...(procedure ? { procedure } : {}),
    timeline: moves.map(entryOfMove).reduce(withEntry, [...timeline]),
  })
}
