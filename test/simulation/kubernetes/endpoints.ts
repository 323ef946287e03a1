import type { Clock } from '../../../src/clock.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import type { Story } from '../world/story.ts'
import { same } from './json.ts'
import { hasLabels, keyOf, nameOf, type Store } from './store.ts'
import { createWorkqueue } from './workqueue.ts'
import type { Endpoint, KubernetesWorld } from './world.ts'

type Pod = Kinds['Pod']

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

const endpoint = ({ metadata: { name, uid }, status }: Pod): Endpoint => ({ pod: name, uid, ip: status?.podIP ?? '' })

/** Where a Service leads: its ready pods; when there are none, those that are ready but about to end. */
const routesOf = (service: Kinds['Service'], pods: readonly Pod[]): readonly Endpoint[] => {
  const live = pods.filter(({ status }) => status?.podIP && !['Failed', 'Succeeded'].includes(status.phase ?? ''))
  if (service.spec?.publishNotReadyAddresses) return live.map(endpoint)
  const serving = live.filter(isReady)
  const staying = serving.filter(({ metadata }) => !metadata.deletionTimestamp)
  return (staying.length > 0 ? staying : serving).map(endpoint)
}

/**
 * Endpoints, as kube-proxy has them: a moment after the change, several changes at once. A Service without a selector
 * keeps the endpoints that it had, as the real controller does not look at it.
 */
export const startEndpoints = (
  clock: Clock,
  random: Random,
  story: Story,
  store: Store,
  mayWork: () => boolean,
): Pick<KubernetesWorld, 'endpointsOf' | 'isRefused' | 'onRouted'> => {
  const routes = new Map<string, readonly Endpoint[]>()
  const listeners: ((service: ObjectKey, endpoints: readonly Endpoint[]) => void)[] = []

  const set = (key: ObjectKey, endpoints: readonly Endpoint[]): void => {
    const before = routes.get(nameOf(key)) ?? []
    if (same(before, endpoints)) return
    routes.set(nameOf(key), endpoints)
    story.tell('kube-proxy', `${nameOf(key)} → ${endpoints.map(({ pod }) => pod).join(', ') || 'nowhere'}`)
    for (const listener of listeners) listener(key, endpoints)
  }

  const route = (name: string): void => {
    const [namespace = '', serviceName = ''] = name.split('/')
    const key = { namespace, name: serviceName }
    const service = store.get('Service', key)
    if (!service) set(key, [])
    else if (service.spec?.selector) set(key, routesOf(service, store.list('Pod', namespace, service.spec.selector)))
  }
  const queue = createWorkqueue(clock, random, { from: 20, to: 1_000 }, mayWork, route)

  store.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Service') queue.add(nameOf(key))
    if (kind !== 'Pod') return
    for (const service of store.list('Service', key.namespace)) {
      const { selector } = service.spec ?? {}
      if (selector && [before, after].some((pod) => pod && hasLabels(pod, selector))) queue.add(nameOf(keyOf(service)))
    }
  })
  return {
    endpointsOf: (service) => routes.get(nameOf(service)) ?? [],
    isRefused: (address) =>
      store
        .list('Service')
        .some(
          (service) => service.spec?.clusterIP === address && (routes.get(nameOf(keyOf(service))) ?? []).length === 0,
        ),
    onRouted: (listener) => listeners.push(listener),
  }
}
