import { PORTS } from '../../../src/domain/names.ts'
import type { ContainerSpec } from '../world/runtime.ts'
import { versionOf } from '../world/version.ts'
import type { Local } from './local-view.ts'
import type { Scene } from './scene.ts'
import type { Data, Volume } from './volume.ts'
import type { MemberPhase } from './world.ts'

/** An error that mysqld answers a statement with. */
export class SqlError extends Error {
  readonly errno: number

  constructor(errno: number, message: string) {
    super(message)
    this.errno = errno
  }
}

/** A connection, as the server has it. */
export interface ServerSession {
  readonly id: number
  readonly user: string
  /** Ends it from the server's side: killed, or the process is gone. */
  end(): void
}

/** A commit that waits for the group. `decided` is told the GTID, `undone` that it was rolled back, `gone` that the process ended. */
export interface Commit {
  decided(gtid: string): void
  undone(error: SqlError): void
  gone(): void
}

/** One process in one container: start.sh, then mysqld. */
export interface Server {
  readonly spec: ContainerSpec
  readonly host: string
  readonly version: string
  readonly groupName: string
  readonly volume: Volume
  phase: MemberPhase | 'Ended'
  /** When mysqld began to serve. */
  servesSince: number
  readOnly: boolean
  local: Local
  /** START or STOP that is under way. */
  command: 'Boot' | 'START' | 'STOP' | undefined
  /** Somebody told it to join, and it does not so by itself at its start. */
  isTold: boolean
  bootstrapFlag: boolean
  /** It answers no question about its group. */
  mute: boolean
  /** SIGSTOP came last, and a long one ended last. */
  pausedSince: number
  sleptUntil: number
  applying: boolean
  applierMs: number
  readonly commits: Set<Commit>
  readonly sessions: Set<ServerSession>
  /** Work that waits for the process to be resumed, or for its START to end. */
  readonly waiting: Set<() => void>
  /** Kubelet asked it to end, and is told when it has. */
  asked: boolean
  readonly endings: Set<() => void>
  readonly exited: (code: number, said?: string) => void
  /** By the time of this process: never after its end, and when it is paused, once it is resumed. The function that it returns takes it back. */
  after(ms: number, work: () => void): () => void
  wait(ms: number): Promise<void>
  tell(what: string): void
}

/** The data directory of a process that serves. */
export const dataOf = (server: Server): Data => {
  if (!server.volume.data) throw new Error(`${server.spec.pod} has no data directory`)
  return server.volume.data
}

/** The name of the group that this process looks for, or is in. */
export const groupNameOf = (server: Server): string => server.volume.data?.groupName ?? server.groupName

/** True when it takes part in what its group does. */
export const isActive = (server: Server): boolean => server.phase === 'Running' || server.phase === 'Stopping'

/** True when its port is open, whether it answers or not. */
export const isServing = (server: Server): boolean => isActive(server) || server.phase === 'Paused'

const settingOf = (configuration: string, name: string): string =>
  new RegExp(`^(?:loose_)?${name}=(.*)$`, 'm').exec(configuration)?.[1] ?? ''

export const createServer = (
  scene: Scene,
  spec: ContainerSpec,
  volume: Volume,
  exited: (code: number, said?: string) => void,
): Server => {
  const server: Server = {
    spec,
    host: spec.env['MEMBER_HOST'] ?? spec.pod,
    version: versionOf(spec.image),
    groupName: settingOf(spec.configuration, 'group_replication_group_name'),
    volume,
    phase: 'Initialising',
    servesSince: 0,
    readOnly: true,
    local: { kind: 'Offline' },
    command: undefined,
    bootstrapFlag: false,
    mute: false,
    isTold: false,
    pausedSince: 0,
    sleptUntil: 0,
    applying: false,
    applierMs: 0,
    commits: new Set(),
    sessions: new Set(),
    waiting: new Set(),
    asked: false,
    endings: new Set(),
    exited,
    after(ms, work) {
      let taken = false
      const run = (): void => {
        if (taken || server.phase === 'Ended') return
        if (server.phase === 'Paused') server.waiting.add(run)
        else work()
      }
      const cancel = scene.time.after(ms, run)
      return () => {
        taken = true
        cancel()
      }
    },
    wait: (ms) =>
      new Promise((resolve) => {
        server.after(ms, resolve)
      }),
    tell: (what) => scene.story.tell(spec.pod, what),
  }
  return server
}

/** Lets go what waited for this process. */
export const rouse = (server: Server): void => {
  const works = [...server.waiting]
  server.waiting.clear()
  for (const work of works) work()
}

/** The address by which members find each other. */
export const seedOf = (server: Server): string => `${server.host}:${PORTS.mysql}`
