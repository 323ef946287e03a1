import type { GtidSet } from '../../../src/domain/gtid.ts'
import type { GroupRow, MemberState } from '../../../src/domain/snapshot.ts'
import type { MySQL } from '../../../src/mysql/port.ts'
import type { Network, Process } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { ContainerRuntime } from '../world/runtime.ts'
import type { Story } from '../world/story.ts'
import type { VirtualTime } from '../world/time.ts'
import type { MemberCopy } from './elsewhere.ts'

export interface MySQLWorldParts {
  readonly time: VirtualTime
  readonly random: Random
  readonly story: Story
  readonly network: Network
  /** True when mysqld would refuse to start with this my.cnf. By default: when it sets `no_such_variable`. */
  readonly refuses?: (configuration: string) => boolean
}

/** Where a container is in its life. */
export type MemberPhase = 'Initialising' | 'Starting' | 'Running' | 'Paused' | 'Stopping'

/** One container that runs, and the truth about it, whatever it says itself. */
export interface SimMember {
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly ip: string
  readonly volume: string
  readonly phase: MemberPhase
  readonly serverUuid: string
  readonly groupName: string
  readonly executed: GtidSet
  readonly received: GtidSet
  /** Executed and received. */
  readonly holds: GtidSet
  /** A copy replaces its data at this moment. */
  readonly copying: boolean
  /** As it would answer if asked now. */
  readonly state: MemberState
  readonly role: GroupRow['role']
  readonly readOnly: boolean
  readonly viewId: string
  readonly rows: readonly GroupRow[]
  /** The group that counts it as a member, by what its majority has agreed on; undefined once it was expelled, whether it knows or not. */
  readonly incarnation: string | undefined
  /** True when a write that a client sends to it now would be acknowledged: it takes it, and its group has a majority to receive it. */
  readonly acknowledges: boolean
  /** True when clients find read_only off: an isolated primary does so without being able to acknowledge anything. */
  readonly takesWrites: boolean
}

/** What is on a volume, whether a container uses it or not. */
export interface SimVolume {
  readonly volume: string
  /** False while the data directory is not there as a whole. */
  readonly initialised: boolean
  readonly serverUuid: string
  /** The group that it last belonged to. */
  readonly groupName: string
  readonly startOnBoot: boolean
  readonly executed: GtidSet
  readonly received: GtidSet
  readonly holds: GtidSet
  /** What is beside the data: archived logs, and data that were set aside. */
  readonly kept: GtidSet
  readonly purged: GtidSet
  /** mysqld ends as it reads the data, and will not for ever. */
  readonly ailing: boolean
  /** Of dropped data: their own server dropped them to recover, having joined at its start, when nobody told it to. */
  readonly itself?: true
}

/** A START with group_replication_bootstrap_group=ON that made a group. */
export interface Bootstrap {
  readonly at: number
  readonly podUid: string
  readonly pod: string
  readonly groupName: string
  readonly incarnation: string
  /** How many members other living groups of the same name had then: more than none is a second group beside the first. */
  readonly besideMembers: number
}

/** A quorum that was forced, and those of the members left out that were alive then. */
export interface Forced {
  readonly at: number
  readonly podUid: string
  readonly pod: string
  /** Those left out. */
  readonly others: readonly string[]
  readonly alive: readonly string[]
}

/** A member that was ONLINE when the operator told it to leave its group. */
export interface Leaving {
  readonly pod: string
  readonly podUid: string
}

/** A member that was told to join, and was turned away: it holds what the group does not. */
export interface Stranger {
  readonly pod: string
  readonly errant: GtidSet
}

/**
 * `Acknowledged`: the client was told that it is committed. `Refused`: it was told that it is not.
 * `Lost`: it was told nothing, so it may be committed or not.
 */
export type WriteOutcome =
  | { readonly kind: 'Acknowledged'; readonly gtid: string }
  | { readonly kind: 'Refused'; readonly why: string }
  | { readonly kind: 'Lost' }

/** Links between members, and between a member and everybody outside (the operator and clients). */
export interface Faults {
  /** Cuts every link between a pod of `some` and one of `others`. The function that it returns mends them. */
  partition(some: readonly string[], others: readonly string[]): () => void
  /** Cuts a pod off from all other members, from everybody outside, or from both. The function that it returns mends that. */
  isolate(podUid: string, from: 'Members' | 'Outside' | 'Everybody'): () => void
  /** SIGSTOP: connections stay open, nothing is answered. */
  pause(podUid: string): void
  resume(podUid: string): void
  /** The process dies by a signal or a bug; kubelet is told the exit code (137 by default). */
  crash(podUid: string, code?: number): void
  /** From now on this member takes `ms` longer to apply what it received. */
  slowApplier(podUid: string, ms: number): void
  /** Commits so many transactions at once on the primary. */
  burst(podUid: string, transactions: number): void
  /** Purges the binary logs of a member: whoever lacks these transactions cannot get them from it any more. */
  purge(podUid: string): void
  /** group_replication_set_as_primary: a planned change of primary. */
  handOver(toPodUid: string): void
  /** STOP GROUP_REPLICATION, as a person would. */
  leave(podUid: string): void
  /** From now on mysqld ends when it reads the data of this member: at the next `starts`, or for ever. */
  corrupt(podUid: string, starts?: number): void
  /** From now on the volume of this member has no room for its data twice. The function that it returns makes room. */
  crowd(podUid: string): () => void
  /** A transaction that only this member has, as a person with SUPER would make one: its own, or one of this name. */
  errant(podUid: string, source?: string): void
}

/** The simulated MySQL: containers, their volumes, and the groups they make. */
export interface MySQLWorld {
  /** For the simulated kubelet. */
  readonly runtime: ContainerRuntime
  /** The members as one process of the operator reaches them, over the network of the world. */
  port(caller: Process): MySQL
  readonly faults: Faults
  /** Every container that runs. */
  members(): readonly SimMember[]
  /** Every volume that ever had data on it, and was not discarded. */
  volumes(): readonly SimVolume[]
  /** What discarded volumes held when they were discarded, and dropped data when they were dropped for a copy. */
  discarded(): readonly SimVolume[]
  bootstraps(): readonly Bootstrap[]
  forced(): readonly Forced[]
  strangers(): readonly Stranger[]
  /** Oldest first. */
  leavings(): readonly Leaving[]
  /** A copy of a member, made by a server that is none, with the password of the account for that. Throws what mysqld says. */
  copyOf(host: string, password: string | undefined): Promise<MemberCopy>
  /** Makes what a copy holds the data of a volume, with accounts that have these passwords. */
  fill(volume: string, copy: MemberCopy, passwords: Readonly<Record<string, string>>): void
  /** All transactions that clients were told are committed. */
  acknowledged(): GtidSet
  /** A client that connects to port 3306 at this address, writes one row, and hears or does not hear of it within `timeoutMs` (5 s). */
  write(podIp: string, timeoutMs?: number): Promise<WriteOutcome>
  /** A client that stays connected to this address. */
  connect(podIp: string): Promise<ClientSession>
}

export interface ClientSession {
  write(timeoutMs?: number): Promise<WriteOutcome>
  /** Resolves when the server ended the session, or its process ended. */
  readonly closed: Promise<void>
  close(): void
}
