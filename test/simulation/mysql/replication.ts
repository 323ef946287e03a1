import { contains, type GtidSet, union } from '../../../src/domain/gtid.ts'
import { deciders, type Group, hasMajority } from './group.ts'
import { hear, type Scene } from './scene.ts'
import { type Commit, dataOf, type Server, SqlError } from './server.ts'
import { draw } from './timings.ts'

/** group_replication_gtid_assignment_block_size. */
const BLOCK = 1_000_000

/** Executes what was received, a little later, until nothing is left. */
export const applyBacklog = (scene: Scene, server: Server): void => {
  const data = dataOf(server)
  if (server.applying || contains(data.executed, data.received)) return
  server.applying = true
  server.after(draw(scene.random, 'apply') + server.applierMs, () => {
    server.applying = false
    // The applier runs only in the group.
    if (server.local.kind !== 'In' && server.command === undefined) return
    data.executed = union(data.executed, data.received)
  })
}

/** The lowest numbers that nobody has or has reserved. */
const reserve = (group: Group): { next: number; readonly end: number } => {
  const taken: (readonly [number, number])[] = [
    ...(group.holds.get(group.name) ?? []),
    ...[...group.blocks.values()].map(({ next, end }) => [next, end] as const),
  ].sort((a, b) => a[0] - b[0])
  let next = 1
  for (const [from, to] of taken) {
    if (from > next) return { next, end: Math.min(from, next + BLOCK) }
    next = Math.max(next, to)
  }
  return { next, end: next + BLOCK }
}

/** The GTID of the next transaction that this member commits in its group. */
const nextGtid = (group: Group, server: Server): number => {
  let block = group.blocks.get(server)
  if (!block || block.next >= block.end) {
    block = reserve(group)
    group.blocks.set(server, block)
  }
  const number = block.next
  block.next += 1
  return number
}

/** A transaction of this member that the majority has: it is committed here, and received there. */
export const decide = (scene: Scene, group: Group, server: Server): string => {
  const number = nextGtid(group, server)
  const transaction: GtidSet = new Map([[group.name, [[number, number + 1]]]])
  group.holds = union(group.holds, transaction)
  const own = dataOf(server)
  own.executed = union(own.executed, transaction)
  for (const other of group.seats.keys()) {
    if (other === server || !hear(scene, server, other)) continue
    const data = dataOf(other)
    data.received = union(data.received, transaction)
    applyBacklog(scene, other)
  }
  return `${group.name}:${number}`
}

/** True when a transaction of this member would be committed now. */
export const canDecide = (scene: Scene, server: Server): boolean => {
  const { local } = server
  return local.kind === 'In' && local.group.primary === server && hasMajority(scene, local.group, server)
}

const attempt = (scene: Scene, server: Server, commit: Commit): void => {
  const { local } = server
  if (!server.commits.has(commit) || local.kind !== 'In' || !canDecide(scene, server)) return
  server.commits.delete(commit)
  const gtid = decide(scene, local.group, server)
  server.after(draw(scene.random, 'commit'), () => commit.decided(gtid))
}

/** Lets commits go on that waited for a majority. */
export const retryCommits = (scene: Scene, server: Server): void => {
  for (const commit of [...server.commits]) attempt(scene, server, commit)
}

/** A client commits: the group takes it, or it waits until the group can. */
export const commit = (scene: Scene, server: Server, one: Commit): void => {
  if (server.readOnly) {
    one.undone(new SqlError(1290, 'The MySQL server is running with the --super-read-only option'))
    return
  }
  server.commits.add(one)
  server.after(draw(scene.random, 'commit'), () => attempt(scene, server, one))
}

/** Transactions that a member without majority had sent to members that were paused are decided once these go on. */
export const giveUpCommits = (scene: Scene, group: Group, server: Server): void => {
  const sent = [...group.seats.keys()].some(
    (other) => other.phase === 'Paused' && scene.links.between(server.spec.podUid, other.spec.podUid),
  )
  for (const one of sent ? [...server.commits] : [])
    if (scene.random.chance(0.5)) {
      group.adrift += 1
      server.commits.delete(one)
      one.gone()
    }
  undoCommits(server)
}

/** Decides what was adrift, when a majority is there again. */
export const landAdrift = (scene: Scene, group: Group): void => {
  const [decider] = deciders(scene, group)
  for (; decider && group.adrift > 0; group.adrift -= 1) decide(scene, group, decider)
}

/** Rolls back what waits: the member is no longer in a group that could take it. */
export const undoCommits = (server: Server): void => {
  const waiting = [...server.commits]
  server.commits.clear()
  for (const one of waiting)
    one.undone(new SqlError(3101, 'Plugin instructed the server to rollback the current transaction'))
}
