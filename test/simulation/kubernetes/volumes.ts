import type { Clock } from '../../../src/clock.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import type { ContainerRuntime } from '../world/runtime.ts'
import type { Story } from '../world/story.ts'
import { PROTECTION } from './admission.ts'
import { part } from './json.ts'
import type { Registry } from './registry.ts'
import { nameOf, type Store } from './store.ts'
import { createWorkqueue } from './workqueue.ts'

const BY = 'volume-controller'
const NO_CLASS_RETRY_MS = 5_000

/** The names of the claims that a pod mounts. */
export const claimsOf = (pod: Kinds['Pod']): readonly string[] =>
  (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])

const keyFrom = (name: string): ObjectKey => {
  const [namespace = '', claim = ''] = name.split('/')
  return { namespace, name: claim }
}

/** Binds claims, keeps those that a pod uses, and discards what is on the volume of one that is gone. */
export const startVolumes = (
  clock: Clock,
  random: Random,
  story: Story,
  store: Store,
  registry: Registry,
  runtime: ContainerRuntime,
  storageClasses: ReadonlySet<string>,
): void => {
  const isUsed = ({ namespace, name }: ObjectKey): boolean =>
    store.list('Pod', namespace).some((pod) => claimsOf(pod).includes(name))

  const bind = (name: string): void => {
    const key = keyFrom(name)
    const claim = store.get('PersistentVolumeClaim', key)
    if (!claim || claim.metadata.deletionTimestamp || claim.status?.phase === 'Bound') return
    if (!storageClasses.has(claim.spec?.storageClassName ?? '')) {
      binding.addAfter(name, NO_CLASS_RETRY_MS)
      return
    }
    const author = { by: BY, manager: BY, operation: 'Update' } as const
    registry.patch('PersistentVolumeClaim', key, { spec: { volumeName: `pv-${claim.metadata.uid}` } }, author)
    const capacity = part(claim.spec, 'resources', 'requests')
    registry.report('PersistentVolumeClaim', key, () => ({ phase: 'Bound', capacity }), BY)
  }
  const binding = createWorkqueue(clock, random, { from: 50, to: 1_500 }, () => true, bind)

  const release = (name: string): void => {
    const key = keyFrom(name)
    const claim = store.get('PersistentVolumeClaim', key)
    if (!claim?.metadata.deletionTimestamp || isUsed(key)) return
    const finalizers = (claim.metadata.finalizers ?? []).filter((finalizer) => finalizer !== PROTECTION)
    const author = { by: BY, manager: BY, operation: 'Update' } as const
    registry.patch('PersistentVolumeClaim', key, { metadata: { finalizers } }, author)
  }
  const releasing = createWorkqueue(clock, random, { from: 10, to: 300 }, () => true, release)

  store.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Pod' && !after)
      for (const claim of claimsOf(before as Kinds['Pod'])) releasing.add(nameOf({ ...key, name: claim }))
    if (kind !== 'PersistentVolumeClaim') return
    if (!after) {
      const uid = before?.metadata.uid ?? ''
      story.tell('storage', `volume of ${nameOf(key)} (${uid}) is deleted`)
      clock.after(random.between(100, 1_000), () => runtime.discard(uid))
    } else if (after.metadata.deletionTimestamp) releasing.add(nameOf(key))
    else if ((after as Kinds['PersistentVolumeClaim']).status?.phase === 'Pending') binding.add(nameOf(key))
  })
}
