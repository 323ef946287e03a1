import type { Clock } from '../../../src/clock.ts'
import { digest } from '../../../src/domain/digest.ts'
import { ordinalOf, POD_NAME_LABEL } from '../../../src/domain/names.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import { part, type Tree } from './json.ts'
import type { Registry } from './registry.ts'
import { type Author, hasLabels, keyOf, nameOf, type Store } from './store.ts'
import { createWorkqueue } from './workqueue.ts'

const BY = 'statefulset-controller'
const AUTHOR: Author = { by: BY, manager: BY, operation: 'Update' }
type StatefulSet = Kinds['StatefulSet']
type Pod = Kinds['Pod']

const controllerOf = ({ metadata }: Pod): string | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller)?.uid

const claimName = (template: string, pod: string): string => `${template}-${pod}`

const ownerOf = ({ metadata }: StatefulSet) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** The pod of one ordinal, made from today's template. */
const podOf = (set: StatefulSet, name: string): Tree => {
  const {
    template,
    volumeClaimTemplates = [],
    serviceName,
  } = set.spec as unknown as Tree & {
    template: Tree
    volumeClaimTemplates?: { metadata: { name: string } }[]
  }
  const claims = volumeClaimTemplates.map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(metadata.name, name) },
  }))
  const spec = part(template, 'spec')
  const others = ((spec['volumes'] ?? []) as { name: string }[]).filter(
    (volume) => !claims.some((claim) => claim.name === volume.name),
  )
  const labels = {
    ...part(template, 'metadata', 'labels'),
    [POD_NAME_LABEL]: name,
    'apps.kubernetes.io/pod-index': `${ordinalOf(name)}`,
    'controller-revision-hash': `${set.metadata.name}-${digest(template)}`,
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: set.metadata.namespace,
      labels,
      annotations: part(template, 'metadata', 'annotations'),
      ownerReferences: [ownerOf(set)],
    },
    spec: { ...spec, hostname: name, subdomain: serviceName, volumes: [...claims, ...others] },
  }
}

/** The StatefulSet controller for what we use: Parallel, OnDelete, volumes retained. Pods that lost their owner are adopted. */
export const startStatefulSets = (
  clock: Clock,
  random: Random,
  store: Store,
  registry: Registry,
  mayWork: () => boolean,
): void => {
  /** False while a claim of the pod is being deleted: then the pod must wait. */
  const provideClaims = (set: StatefulSet, pod: string): boolean => {
    const templates = (set.spec?.volumeClaimTemplates ?? []) as unknown as { metadata: Tree; spec: Tree }[]
    return templates.every(({ metadata, spec }) => {
      const key = { namespace: set.metadata.namespace, name: claimName(String(metadata['name']), pod) }
      const found = store.get('PersistentVolumeClaim', key)
      if (found) return found.metadata.deletionTimestamp === undefined
      const labels = { ...part(metadata, 'labels'), ...set.spec?.selector.matchLabels }
      registry.create('PersistentVolumeClaim', key, { metadata: { ...key, labels }, spec }, AUTHOR)
      return true
    })
  }

  const adopt = (set: StatefulSet, pod: Pod): void => {
    const ownerReferences = [...(pod.metadata.ownerReferences ?? []), ownerOf(set)]
    registry.patch('Pod', keyOf(pod), { metadata: { uid: pod.metadata.uid, ownerReferences } }, AUTHOR)
  }

  const reconcile = (name: string): void => {
    const [namespace = '', setName = ''] = name.split('/')
    const set = store.get('StatefulSet', { namespace, name: setName })
    if (!set || set.metadata.deletionTimestamp) return
    const belongs = new RegExp(`^${setName}-[0-9]+$`)
    const matching = store
      .list('Pod', namespace, set.spec?.selector.matchLabels ?? {})
      .filter(({ metadata }) => belongs.test(metadata.name))
    for (const pod of matching) if (controllerOf(pod) === undefined && !pod.metadata.deletionTimestamp) adopt(set, pod)
    const pods = matching.filter((pod) => (controllerOf(pod) ?? set.metadata.uid) === set.metadata.uid)
    const replicas = set.spec?.replicas ?? 1

    for (let ordinal = 0; ordinal < replicas; ordinal += 1) {
      const key: ObjectKey = { namespace, name: `${setName}-${ordinal}` }
      const found = store.get('Pod', key)
      const isOver = ['Failed', 'Succeeded'].includes(found?.status?.phase ?? '')
      if (found && controllerOf(found) === set.metadata.uid && isOver && !found.metadata.deletionTimestamp)
        registry.remove('Pod', key, { by: BY, uid: found.metadata.uid })
      if (!found && provideClaims(set, key.name)) registry.create('Pod', key, podOf(set, key.name), AUTHOR)
    }
    for (const pod of pods.toSorted((a, b) => ordinalOf(b.metadata.name) - ordinalOf(a.metadata.name)))
      if (ordinalOf(pod.metadata.name) >= replicas && !pod.metadata.deletionTimestamp)
        registry.remove('Pod', keyOf(pod), { by: BY, uid: pod.metadata.uid })
    reportOn(set)
  }

  const reportOn = (set: StatefulSet): void => {
    const { uid, generation, namespace } = set.metadata
    const pods = store.list('Pod', namespace).filter((pod) => controllerOf(pod) === uid)
    const ready = pods.filter((pod) => isReady(pod) && !pod.metadata.deletionTimestamp).length
    const status = {
      observedGeneration: generation,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
    }
    registry.report('StatefulSet', keyOf(set), (before) => ({ ...before, ...status }), BY)
  }

  const queue = createWorkqueue(clock, random, { from: 10, to: 300 }, mayWork, reconcile)
  store.onWrite(({ kind, key, before, after }) => {
    if (kind === 'StatefulSet') queue.add(nameOf(key))
    if (kind !== 'Pod' && kind !== 'PersistentVolumeClaim') return
    const object = after ?? before
    for (const set of store.list('StatefulSet', key.namespace))
      if (object && hasLabels(object, set.spec?.selector.matchLabels ?? {})) queue.add(nameOf(keyOf(set)))
  })
}
