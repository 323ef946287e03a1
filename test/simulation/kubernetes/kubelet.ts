import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import type { ContainerRuntime } from '../world/runtime.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import { createPodWorker, type PodWorker } from './pod-worker.ts'
import type { Registry } from './registry.ts'
import { keyOf, type Store } from './store.ts'

type Pod = Kinds['Pod']

/** What the workers of all pods share. */
export interface Kubelet {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly store: Store
  readonly registry: Registry
  readonly runtime: ContainerRuntime
  readonly images: ReadonlySet<string>
  /** An address that no pod has had. */
  newAddress(): string
  /** Takes the volume for a pod. False while the container of another pod still has it. */
  seize(volume: string, podUid: string): boolean
  yield(podUid: string): void
}

/** The kubelets of all nodes: they run the containers of pods by the ContainerRuntime, and write what they see. */
export const startKubelets = (base: Omit<Kubelet, 'newAddress' | 'seize' | 'yield'>) => {
  const workers = new Map<string, PodWorker>()
  const holders = new Map<string, string>()
  let addresses = 0
  const kubelet: Kubelet = {
    ...base,
    newAddress() {
      addresses += 1
      return `10.244.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`
    },
    seize(volume, podUid) {
      const holder = holders.get(volume)
      if (holder !== undefined && holder !== podUid) return false
      holders.set(volume, podUid)
      return true
    },
    yield(podUid) {
      for (const [volume, holder] of holders) if (holder === podUid) holders.delete(volume)
    },
  }

  base.store.onWrite(({ kind, before, after }) => {
    if (kind !== 'Pod') return
    const [was, is] = [before as Pod | undefined, after as Pod | undefined]
    if (!is) {
      const uid = was?.metadata.uid ?? ''
      workers.get(uid)?.removed()
      workers.delete(uid)
    } else if (is.spec?.nodeName && !workers.has(is.metadata.uid)) {
      const worker = createPodWorker(kubelet, keyOf(is), is.metadata.uid, is.spec.nodeName)
      workers.set(is.metadata.uid, worker)
      worker.begin()
    } else if (is.metadata.deletionTimestamp) workers.get(is.metadata.uid)?.terminate()
  })

  const workerOf = (key: ObjectKey): PodWorker | undefined => {
    const pod = base.store.get('Pod', key)
    return pod && workers.get(pod.metadata.uid)
  }
  return {
    workerOf,
    on: (node: string): readonly PodWorker[] => [...workers.values()].filter((worker) => worker.node === node),
  }
}
