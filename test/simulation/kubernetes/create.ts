import type { JobRuntime } from '../world/runtime.ts'
import { createApiServer } from './api-server.ts'
import { startEndpoints } from './endpoints.ts'
import { startGarbageCollector } from './garbage.ts'
import { startGrowth } from './growth.ts'
import { startInformer } from './informers.ts'
import { startJobs } from './jobs.ts'
import { startKubelets } from './kubelet.ts'
import { createNamespaces } from './namespaces.ts'
import { createNodes } from './nodes.ts'
import { createObjects } from './objects.ts'
import { createPort } from './port.ts'
import { createRegistry } from './registry.ts'
import { startScheduler } from './scheduler.ts'
import { startStatefulSets } from './statefulset.ts'
import { createStore, type Store } from './store.ts'
import { startVolumes } from './volumes.ts'
import type { Faults, KubernetesWorld, KubernetesWorldOptions } from './world.ts'

/** That of the operator's own pods. */
export const AGENT_IMAGE = 'mysql-operator:1'

/** Containers of Jobs where nobody runs them: they begin, and do nothing. */
const IDLE: JobRuntime = { start: () => ({ stop: () => undefined, kill: () => undefined }) }

/** Images that can be pulled unless a scenario says otherwise. */
const IMAGES = ['mysql:8.0', 'mysql:8.4', 'mysql:9.7', AGENT_IMAGE]

/** A Kubernetes cluster in virtual time. Everything that it does follows from `random`, and from what is done to it. */
export const createKubernetesWorld = (options: KubernetesWorldOptions): KubernetesWorld => {
  const { time, story, network, runtime, jobs = IDLE } = options
  const stranded = new Set<string>()
  const chance = (name: string) => options.random.fork(`kubernetes/${name}`)
  const storageClasses = new Set(['standard'])
  const fixedClasses = new Set<string>()
  const images = new Set(IMAGES)
  let addresses = 0
  const store = createStore(time, chance('store'), {
    defaultStorageClass: () => [...storageClasses][0],
    mayGrow: (storageClass) => !fixedClasses.has(storageClass),
    newClusterIp() {
      addresses += 1
      return `10.96.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`
    },
  })
  const registry = createRegistry(store, time)
  const room = { full: false, controllersStopped: false }
  const mayWork = (): boolean => !room.controllersStopped

  const kubelets = startKubelets({
    time,
    random: chance('kubelet'),
    story,
    store,
    registry,
    runtime,
    images,
    jobs,
    stranded,
  })
  const nodes = createNodes(time, story, store, registry, kubelets)
  const server = createApiServer(store, registry, nodes.shown)
  startScheduler(time, chance('scheduler'), store, registry, {
    get full() {
      return room.full
    },
    get failedNodes() {
      return nodes.failed()
    },
  })
  startVolumes(time, chance('volumes'), story, store, registry, runtime, storageClasses)
  startGrowth(time, chance('growth'), store, registry)
  startStatefulSets(time, chance('statefulset'), store, registry, mayWork)
  startJobs(time, chance('jobs'), store, registry, mayWork)
  startGarbageCollector(time, chance('garbage'), store, registry, mayWork)
  const routing = startEndpoints(time, chance('endpoints'), story, store, mayWork)
  tellOfPods(store, (who, what) => story.tell(who, what))

  let informers = 0
  const objects = createObjects(store, registry)
  const faults: Faults = {
    killPod: (key) => objects.delete('Pod', key, { force: true }),
    deletePod: (key) => objects.delete('Pod', key),
    strandPod(key) {
      const pod = objects.get('Pod', key)
      if (!pod) return false
      stranded.add(pod.metadata.uid)
      return objects.delete('Pod', key, { force: true })
    },
    crashContainer: (key) => kubelets.workerOf(key)?.crash() ?? false,
    images,
    storageClasses,
    fixedClasses,
    get full() {
      return room.full
    },
    set full(is) {
      room.full = is
    },
    failNodeOf: nodes.failNodeOf,
    silenceNodeOf: nodes.silenceNodeOf,
    repairNode: nodes.repairNode,
    get failedNodes() {
      return nodes.failed()
    },
    get controllersStopped() {
      return room.controllersStopped
    },
    set controllersStopped(is) {
      room.controllersStopped = is
    },
  }

  return {
    port: (caller) => createPort(network, server, caller),
    inform: (caller) => (scoped) => {
      informers += 1
      return startInformer({ time, random: chance(`informer-${informers}`), story, network, store }, caller, scoped)
    },
    objects,
    faults,
    ...routing,
    podAt: (ip) => store.list('Pod').find(({ status }) => status?.podIP === ip),
    writes: store.writes,
    onWrite: store.onWrite,
    ...createNamespaces(time, story, store, registry),
  }
}

const TOLD: readonly string[] = ['Pod', 'StatefulSet', 'Job', 'MySQLCluster', 'MySQLBackup']

/** The comings and goings of pods, in the story. */
const tellOfPods = (store: Store, tell: (who: string, what: string) => void): void =>
  store.onWrite(({ kind, key, by, before, after }) => {
    if (!TOLD.includes(kind)) return
    const what = `${kind} ${key.namespace}/${key.name}`
    const deleting = (object: typeof before): boolean => object?.metadata.deletionTimestamp !== undefined
    if (!before) tell(by, `makes ${what}`)
    else if (!after) tell(by, `${what} is gone`)
    else if (deleting(after) && !deleting(before)) tell(by, `deletes ${what}`)
  })
