import type { Informer } from '../../../src/kubernetes/informer.ts'
import type { Kind, Kinds } from '../../../src/kubernetes/kinds.ts'
import type { Kubernetes, ObjectKey } from '../../../src/kubernetes/port.ts'
import type { ScopedOptions } from '../../../src/kubernetes/scope.ts'
import type { Network, Process } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { ContainerRuntime, JobRuntime } from '../world/runtime.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'

export interface KubernetesWorldOptions {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly network: Network
  readonly runtime: ContainerRuntime
  /** What runs in the pods of Jobs; without it they begin and never end. */
  readonly jobs?: JobRuntime
}

/** One change of the store. Objects of the store are never changed in place: `before` and `after` stay what they were. */
export interface Write {
  /** Epoch milliseconds. */
  readonly at: number
  /** The process, controller or person that wrote. */
  readonly by: string
  readonly kind: Kind
  readonly key: ObjectKey
  /** Absent when the object was made by this write. */
  readonly before?: Kinds[Kind]
  /** Absent when the object is gone by this write. */
  readonly after?: Kinds[Kind]
}

/** An object as a person writes it. */
export interface Written {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
}

/**
 * The store as scenarios and invariants use it: at once, without network and latency, by the rules of the API server.
 * Whoever writes is `by`, a field manager; 'kubectl' unless told. Refusals throw OperatorError. What is read is shared: do not change it.
 */
export interface Objects {
  get<K extends Kind>(kind: K, key: ObjectKey): Kinds[K] | undefined
  /** All namespaces when none is given. */
  list<K extends Kind>(kind: K, namespace?: string, labels?: Readonly<Record<string, string>>): readonly Kinds[K][]
  create(object: Written, by?: string): 'created' | 'exists'
  /** Server-side apply, by force. */
  apply(object: Written, by?: string): void
  /** JSON merge patch of an object; undefined when there is none. */
  patch<K extends Kind>(kind: K, key: ObjectKey, body: object, by?: string): Kinds[K] | undefined
  /** Changes a copy of the object in place by `change`, then replaces it. False when there is none. */
  update<K extends Kind>(kind: K, key: ObjectKey, change: (object: Kinds[K]) => void, by?: string): boolean
  /**
   * Deletes by the rules: finalizers hold it, pods end in their grace period, dependents go in the background.
   * `force` of a pod: no grace. `orphan`: dependents stay, without their owner. False when there is none.
   */
  delete(kind: Kind, key: ObjectKey, options?: { force?: boolean; orphan?: boolean; by?: string }): boolean
}

/** A pod behind a Service. */
export interface Endpoint {
  readonly pod: string
  readonly uid: string
  readonly ip: string
}

/** Trouble of nodes, pods and containers, made by scenarios. */
export interface Faults {
  /** Deletes the pod without grace (`kubectl delete --force --grace-period=0`): its container is killed. False when there is none. */
  killPod(key: ObjectKey): boolean
  /** Deletes the pod in order, as a drain does: preStop hook, grace period. False when there is none. */
  deletePod(key: ObjectKey): boolean
  /** Deletes the pod of a Job by force while its node hears of nothing: its container goes on. False when there is none. */
  strandPod(key: ObjectKey): boolean
  /** Ends the container of a pod at once (SIGKILL, out of memory); kubelet starts it again in the same pod. False when none runs. */
  crashContainer(key: ObjectKey): boolean
  /** Images that can be pulled; any other one is ErrImagePull, then ImagePullBackOff, and tried again. Change it at will. */
  readonly images: Set<string>
  /** StorageClasses that there are. Claims of any other one stay Pending, and their pods unschedulable. The first is the default. */
  readonly storageClasses: Set<string>
  /** Those of them whose volumes cannot be made larger. */
  readonly fixedClasses: Set<string>
  /** While true, nothing is scheduled: new pods are Unschedulable, for want of memory. */
  full: boolean
  /**
   * The node of a pod loses its power: its containers are gone at once, but the API server shows the pod as Ready for about 40 s,
   * and it ends only by force or once the node is back. Resolves the name of the node; undefined when the pod has none.
   */
  failNodeOf(key: ObjectKey): string | undefined
  /** A node is not heard for less than five minutes, and all goes on there. */
  silenceNodeOf(key: ObjectKey): string | undefined
  /** Brings a failed node back: its pods' containers start again. */
  repairNode(node: string): void
  /** Nodes that have failed. */
  readonly failedNodes: readonly string[]
  /** Controllers (StatefulSet, garbage, endpoints) stand still while true, as when the controller manager is down. */
  controllersStopped: boolean
}

export interface KubernetesWorld {
  /**
   * The port as one process uses it. Each call is one `network.call` with receiver 'kubernetes' and a `what` of the form
   * `<verb> <Kind> <namespace>/<name>` (`LIST <Kind> <namespace>`), verb one of GET LIST CREATE APPLY APPLY-STATUS PATCH REPLACE DELETE.
   * For codes of refusals by fate see `REFUSALS`.
   */
  port(caller: Process): Kubernetes
  /** What the watcher follows collections by. Ends with the process. For fates see README.md. */
  inform(caller: Process): <K extends Kind>(options: ScopedOptions<K>) => Informer<K>
  readonly objects: Objects
  readonly faults: Faults
  /** Where a connection to a Service goes now: what kube-proxy has made of it, a moment late. Empty for a Service that is not there. */
  endpointsOf(service: ObjectKey): readonly Endpoint[]
  /** True where a connection to this address of a Service is refused, as it leads nowhere now. */
  isRefused(address: string): boolean
  /** The pod that has this address now, whether Ready or not. */
  podAt(ip: string): Kinds['Pod'] | undefined
  /** Every change of the store, in order. */
  readonly writes: readonly Write[]
  /** Calls `listener` after each change of the store, before anything else happens. */
  onWrite(listener: (write: Write) => void): void
  /** Calls `listener` after each change of what `endpointsOf` says. */
  onRouted(listener: (service: ObjectKey, endpoints: readonly Endpoint[]) => void): void
  /** Makes a namespace; 'default' is there. */
  createNamespace(name: string): void
  /** Deletes a namespace with all that is in it. Nothing can be created in it from now on. */
  deleteNamespace(name: string): void
}

/**
 * Codes that a fate of kind 'Refused' may have for a call to 'kubernetes', and what the API server answers then.
 * 409 and 410 hit only calls that can get them (a compare-and-set; a watch); any other call gets 500 instead.
 */
export const REFUSALS = ['403', '409', '410', '429', '500'] as const
export type Refusal = (typeof REFUSALS)[number]
