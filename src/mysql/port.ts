import type { GroupRow, MemberView } from '../domain/snapshot.ts'

/** Where a member is reached: its own name, by which it is verified, and the address of its pod. */
export interface MemberAddress {
  readonly pod: string
  readonly host: string
  readonly ip: string
}

/** What it takes to be let in. Secret: never logged, never passed through Temporal. */
export interface Access {
  readonly authority: string
  readonly operator: string
  readonly replication: string
}

/** The short look of the observer. */
export interface GroupView {
  readonly viewId: string
  readonly readOnly: boolean
  readonly rows: readonly GroupRow[]
}

/** What no look at the group tells of a member. */
export interface Comparison {
  /** The transactions that it has executed and that no group of the names given made; empty when there are none. */
  readonly foreign: string
  /** Something that it had to write waits for space on its disk, or was refused for want of it lately. */
  readonly lacksSpace: boolean
}

/** A connection that is kept, so that its loss is news. */
export interface MemberSession {
  look(): Promise<GroupView>
  /** Compares what it has executed with what groups of these names make. */
  compare(names: readonly string[]): Promise<Comparison>
  /** Ends the sessions of clients, so that they reconnect to the new primary. Resolves with how many it ended. */
  endClientSessions(): Promise<number>
  /** Resolves when the connection is lost or closed. */
  readonly closed: Promise<void>
  close(): void
}

/**
 * MySQL members as activities and observer use them, over their admin interface, which serves also at max_connections.
 * Every call is bounded in time and throws OperatorError with code MemberUnreachable or MemberRefused.
 */
export interface MySQL {
  inspect(member: MemberAddress, access: Access): Promise<MemberView>
  /** Makes a new group of this member alone, whatever others there are: the caller has checked the gate. `seeds` (host:port) are where it looks for its group, called `group`, after a restart. */
  bootstrap(member: MemberAddress, access: Access, seeds: readonly string[], group: string): Promise<void>
  /**
   * Starts the join of a member to the group of `seeds`, and resolves once `donor`, which is in it, sees it RECOVERING or ONLINE.
   * `progress` is called now and then while it waits.
   */
  join(
    member: MemberAddress,
    donor: MemberAddress,
    access: Access,
    seeds: readonly string[],
    group: string,
    progress: () => void,
  ): Promise<void>
  /** Lets the group of this member go on as `living` (host:port) alone. Whoever else is in it is out: the caller has proven them gone. */
  force(member: MemberAddress, access: Access, living: readonly string[]): Promise<void>
  /** Makes this member the primary of its group. Transactions that run on the old one get a few seconds to end. */
  handOver(member: MemberAddress, access: Access): Promise<void>
  /** Takes a member out of its group, if it is in one, so that it does not rejoin by itself either. */
  leave(member: MemberAddress, access: Access): Promise<void>
  /** Ends the process of a member that is to stay out of its group; kubelet starts it again. Resolves once it was told to. */
  shutDown(member: MemberAddress, access: Access): Promise<void>
  /**
   * Replaces the data of a member by a copy of the donor's, or watches a copy that is under way, and resolves when its process
   * ends, as it does after a copy. `progress` is told how far it is, at least every few seconds. The caller has checked the gate.
   */
  copy(member: MemberAddress, donor: MemberAddress, access: Access, progress: (done: string) => void): Promise<void>
  /** Opens a connection that stays. */
  open(member: MemberAddress, access: Access): Promise<MemberSession>
}
