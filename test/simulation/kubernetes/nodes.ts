import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import type { startKubelets } from './kubelet.ts'
import { type withCondition as WithCondition, withCondition } from './pod-status.ts'
import type { Registry } from './registry.ts'
import { NODES } from './scheduler.ts'
import { keyOf, type Store, stamp } from './store.ts'

/** Defaults of the node controller: when a silent node is noticed, and how much later its pods are given up. */
const NOTICED_MS = 40_000
const EVICTED_MS = 300_000
const BY = 'node-controller'

type Conditions = Parameters<typeof WithCondition>[0]

/** Nodes that fail and come back. */
export const createNodes = (
  time: VirtualTime,
  story: Story,
  store: Store,
  registry: Registry,
  kubelets: ReturnType<typeof startKubelets>,
) => {
  const failed = new Map<string, number>()
  /** When the node controller saw that a node is not ready, and that it is again. */
  const turned = new Map<string, { readonly ready: boolean; readonly at: number }>()
  let failures = 0
  const podsOn = (node: string) => store.list('Pod').filter(({ spec }) => spec?.nodeName === node)

  const notice = (node: string): void => {
    turned.set(node, { ready: false, at: time.now() })
    for (const pod of podsOn(node))
      registry.report(
        'Pod',
        keyOf(pod),
        (status) => ({
          ...status,
          conditions: withCondition((status['conditions'] ?? []) as Conditions, 'Ready', false, time.now()),
        }),
        BY,
      )
  }
  const evict = (node: string): void => {
    for (const pod of podsOn(node)) registry.remove('Pod', keyOf(pod), { by: BY, uid: pod.metadata.uid })
  }

  const fail = (key: ObjectKey, isSilent: boolean): string | undefined => {
    const node = store.get('Pod', key)?.spec?.nodeName
    if (!node || failed.has(node)) return node
    failures += 1
    const mine = failures
    failed.set(node, mine)
    story.tell('node', `${node} ${isSilent ? 'is not heard' : 'fails'}`)
    if (!isSilent) for (const worker of kubelets.on(node)) worker.lose()
    const stillFailed = (work: (node: string) => void) => () => failed.get(node) === mine && work(node)
    time.after(NOTICED_MS, stillFailed(notice))
    time.after(NOTICED_MS + EVICTED_MS, stillFailed(evict))
    return node
  }

  return {
    /** What the API server shows of a node. */
    shown(name: string): Kinds['Node'] | undefined {
      if (!NODES.some((node) => node === name)) return undefined
      const { ready, at } = turned.get(name) ?? { ready: true, at: 0 }
      const condition = { type: 'Ready', status: ready ? 'True' : 'Unknown', lastTransitionTime: stamp(at) }
      return { metadata: { name }, status: { conditions: [condition] } } as unknown as Kinds['Node']
    },
    failed: (): readonly string[] => [...failed.keys()],
    failNodeOf: (key: ObjectKey) => fail(key, false),
    silenceNodeOf: (key: ObjectKey) => fail(key, true),
    repairNode(node: string): void {
      if (!failed.delete(node)) return
      story.tell('node', `${node} is back`)
      if (turned.has(node)) turned.set(node, { ready: true, at: time.now() })
      for (const worker of kubelets.on(node)) worker.restore()
    },
  }
}
