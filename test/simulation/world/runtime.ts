/** What kubelet hands to the container of a pod. */
export interface ContainerSpec {
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly ip: string
  readonly image: string
  readonly env: Readonly<Record<string, string>>
  /** The data volume, by the uid of its claim: what a container leaves there, the next one finds. */
  readonly volume: string
  /** The Secret `<cluster>-system` as it was when the container started: keys and plain values. */
  readonly secrets: Readonly<Record<string, string>>
  /** What the pod's annotation asks of the start. */
  readonly request?: string
  /** The file my.cnf of the mounted ConfigMap. */
  readonly configuration: string
}

/** The simulated kubelet runs containers by this; the simulated MySQL implements it. */
export interface ContainerRuntime {
  /** Starts the container. `exited` is told once, when its process ends without having been asked to: the code, and its last words. */
  start(spec: ContainerSpec, exited: (code: number, said?: string) => void): void
  /** Runs the preStop hook, then ends the process; `ended` is told once it is gone, at the latest after `graceMs`. */
  stop(podUid: string, graceMs: number, ended: () => void): void
  /** Ends the process at once: the machine is gone, or kubelet was told to force. */
  kill(podUid: string): void
  /** What the startup probe and the readiness probe would say now. */
  started(podUid: string): boolean
  ready(podUid: string): boolean
  /** The volume was deleted, with what is on it. */
  discard(volume: string): void
}

/** A container that does something and ends, as those of Jobs do. */
export interface JobContainer
  extends Pick<ContainerSpec, 'namespace' | 'pod' | 'podUid' | 'image' | 'env' | 'volume' | 'secrets'> {
  readonly name: string
}

/** The simulated kubelet runs the containers of Jobs by this; the simulated agent implements it. */
export interface JobRuntime {
  /** Starts the container. `ended` is told once, when its process ends by itself or because it was asked to. */
  start(container: JobContainer, ended: (code: number, said?: string) => void): RunningJob
}

export interface RunningJob {
  /** SIGTERM. */
  stop(): void
  /** Ends the process at once; nothing is told. */
  kill(): void
}
