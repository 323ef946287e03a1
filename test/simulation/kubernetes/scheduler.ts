import type { Clock } from '../../../src/clock.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import type { Registry } from './registry.ts'
import { nameOf, type Store, stamp } from './store.ts'
import { claimsOf } from './volumes.ts'
import { createWorkqueue } from './workqueue.ts'

const BY = 'scheduler'
const RETRY_MS = 2_000
export const NODES = ['node-1', 'node-2', 'node-3'] as const

export interface Room {
  readonly full: boolean
  readonly failedNodes: readonly string[]
}

/** Gives pods their nodes, once their volumes are bound; the emptiest living node first. */
export const startScheduler = (clock: Clock, random: Random, store: Store, registry: Registry, room: Room): void => {
  const obstacle = (pod: Kinds['Pod']): string | undefined => {
    const { namespace } = pod.metadata
    const claims = claimsOf(pod).map((name) => store.get('PersistentVolumeClaim', { namespace, name }))
    if (claims.some((claim) => claim?.status?.phase !== 'Bound'))
      return '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.'
    if (room.full) return '0/3 nodes are available: 3 Insufficient memory.'
    return room.failedNodes.length === NODES.length ? '0/3 nodes are available: 3 node(s) are not ready.' : undefined
  }

  const emptiest = (): string => {
    const load = (node: string): number => store.list('Pod').filter(({ spec }) => spec?.nodeName === node).length
    const living = NODES.filter((node) => !room.failedNodes.includes(node))
    return living.toSorted((a, b) => load(a) - load(b))[0] ?? NODES[0]
  }

  const schedule = (name: string): void => {
    const [namespace = '', podName = ''] = name.split('/')
    const key: ObjectKey = { namespace, name: podName }
    const pod = store.get('Pod', key)
    if (!pod || pod.spec?.nodeName || pod.metadata.deletionTimestamp) return
    const message = obstacle(pod)
    const at = { lastTransitionTime: stamp(clock.now()) }
    if (message) {
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }
      const shown = pod.status?.conditions?.some((known) => known.message === message)
      if (!shown) registry.report('Pod', key, (status) => ({ ...status, conditions: [{ ...condition, ...at }] }), BY)
      queue.addAfter(name, RETRY_MS)
      return
    }
    const author = { by: BY, manager: BY, operation: 'Update' } as const
    registry.patch('Pod', key, { spec: { nodeName: emptiest() } }, author)
    const scheduled = { type: 'PodScheduled', status: 'True', ...at }
    registry.report('Pod', key, (status) => ({ ...status, conditions: [scheduled] }), BY)
  }
  const queue = createWorkqueue(clock, random, { from: 10, to: 200 }, () => true, schedule)

  store.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Pod' && !before && after) queue.add(nameOf(key))
    if (kind === 'PersistentVolumeClaim' && (after as Kinds['PersistentVolumeClaim'])?.status?.phase === 'Bound')
      for (const pod of store.list('Pod', key.namespace)) if (!pod.spec?.nodeName) queue.add(nameOf(pod.metadata))
  })
}
