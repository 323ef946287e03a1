import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { Random } from '../world/random.ts'
import type { ContainerRuntime, JobRuntime } from '../world/runtime.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import { createJobPod } from './job-pod.ts'
import { JOB_NAME_LABEL } from './jobs.ts'
import { createPodWorker, type PodWorker } from './pod-worker.ts'
import type { Registry } from './registry.ts'
import { NODES } from './scheduler.ts'
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
  readonly jobs: JobRuntime
  readonly images: ReadonlySet<string>
  /** Pods whose containers nobody can end: their node hears of nothing. */
  readonly stranded: ReadonlySet<string>
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

  /** Nobody runs what is on nodes that are not simulated: the pods of the operator. */
  const isRun = (node: string | undefined): node is string => NODES.some((known) => known === node)

  base.store.onWrite(({ kind, before, after }) => {
    if (kind !== 'Pod') return
    const [was, is] = [before as Pod | undefined, after as Pod | undefined]
    if (!is) {
      const uid = was?.metadata.uid ?? ''
      workers.get(uid)?.removed()
      workers.delete(uid)
    } else if (isRun(is.spec?.nodeName) && !workers.has(is.metadata.uid)) {
      const create = is.metadata.labels?.[JOB_NAME_LABEL] ? createJobPod : createPodWorker
      const worker = create(kubelet, keyOf(is), is.metadata.uid, is.spec.nodeName)
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
