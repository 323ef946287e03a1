import type { Kubernetes } from '../../../src/kubernetes/port.ts'
import { calm, createNetwork, type Network, type Process } from '../world/network.ts'
import { createRandom } from '../world/random.ts'
import type { ContainerRuntime, ContainerSpec } from '../world/runtime.ts'
import { createStory, type Story } from '../world/story.ts'
import { createTime, type VirtualTime } from '../world/time.ts'
import { createKubernetesWorld } from './create.ts'
import type { KubernetesWorld } from './world.ts'

const STEP_MS = 20
const START = Date.UTC(2026, 0, 1)

/** A container of the bench: it runs until it is told otherwise. */
export interface Container {
  readonly spec: ContainerSpec
  /** Ends it by itself. */
  exit(code: number): void
}

export interface Bench {
  readonly time: VirtualTime
  readonly story: Story
  readonly network: Network
  readonly world: KubernetesWorld
  /** Containers that run, by the uid of their pod. */
  readonly containers: ReadonlyMap<string, Container>
  /** Volumes on which a container started while another one still ran. */
  readonly clashes: readonly string[]
  /** Volumes that were discarded. */
  readonly discarded: readonly string[]
  /** Pods that are to be ready: all, unless a test says otherwise. */
  ready: (pod: string) => boolean
  /** How long a container takes to stop. */
  stopMs: number
  /** Lets time go on, a few milliseconds at a time, until `is` is true. Throws when that does not come within `withinMs`. */
  until(what: string, is: () => boolean, withinMs?: number): Promise<void>
  /** Lets `ms` milliseconds pass. */
  pass(ms: number): Promise<void>
  /** Lets time go on until the promise is settled. */
  drive<T>(promise: Promise<T>): Promise<T>
}

/** A simulated cluster whose containers do nothing but run. */
export const createBench = (seed: number | string = 1): Bench => {
  const time = createTime(START)
  const random = createRandom(seed)
  const story = createStory(time)
  const network = createNetwork(time, story, calm(random.fork('network')))
  const containers = new Map<string, Container>()
  const discarded: string[] = []
  const clashes: string[] = []
  const since = new Map<string, number>()

  const runtime: ContainerRuntime = {
    start(spec, exited) {
      if ([...containers.values()].some((other) => other.spec.volume === spec.volume)) clashes.push(spec.volume)
      since.set(spec.podUid, time.now())
      const exit = (code: number): void => {
        containers.delete(spec.podUid)
        exited(code)
      }
      containers.set(spec.podUid, { spec, exit })
    },
    stop(podUid, graceMs, ended) {
      time.after(Math.min(graceMs, bench.stopMs), () => {
        containers.delete(podUid)
        ended()
      })
    },
    kill: (podUid) => {
      containers.delete(podUid)
    },
    started: (podUid) => containers.has(podUid) && time.now() - (since.get(podUid) ?? 0) > 2_000,
    ready(podUid) {
      const container = containers.get(podUid)
      return container !== undefined && bench.ready(container.spec.pod)
    },
    discard: (volume) => {
      discarded.push(volume)
    },
  }
  const bench: Bench = {
    time,
    story,
    network,
    world: createKubernetesWorld({ time, random, story, network, runtime }),
    containers,
    clashes,
    discarded,
    ready: () => true,
    stopMs: 1_000,
    async until(what, is, withinMs = 120_000) {
      const deadline = time.now() + withinMs
      while (!is()) {
        if (time.now() > deadline) throw new Error(`waited in vain for: ${what}\n${story.print()}`)
        await time.runUntil(time.now() + STEP_MS)
      }
    },
    pass: (ms) => time.runUntil(time.now() + ms),
    async drive(promise) {
      let settled = false
      const done = (): void => {
        settled = true
      }
      promise.then(done, done)
      while (!settled) await time.runUntil(time.now() + STEP_MS)
      return promise
    },
  }
  return bench
}

/** A process that lives until it is told to die. */
export const createProcess = (name: string): Process & { die(): void } => {
  let alive = true
  return {
    name,
    alive: () => alive,
    die() {
      alive = false
    },
  }
}

/** A port whose calls let time go on by themselves, for those who only await them. */
export const drivenPort = (bench: Bench, port: Kubernetes): Kubernetes => {
  const { drive } = bench
  return {
    get: (kind, key) => drive(port.get(kind, key)),
    list: (kind, namespace, labels) => drive(port.list(kind, namespace, labels)),
    create: (object) => drive(port.create(object)),
    apply: (object, options) => drive(port.apply(object, options)),
    patch: (kind, key, body) => drive(port.patch(kind, key, body)),
    replace: (object) => drive(port.replace(object)),
    delete: (kind, key, uid) => drive(port.delete(kind, key, uid)),
  }
}
