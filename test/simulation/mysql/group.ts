import { type GtidSet, subtract, union } from '../../../src/domain/gtid.ts'
import { watchPeers } from './detection.ts'
import { elect } from './election.ts'
import type { Snapshot } from './local-view.ts'
import { applyBacklog, retryCommits, undoCommits } from './replication.ts'
import { hear, type Scene } from './scene.ts'
import { dataOf, isActive, type Server } from './server.ts'
import { draw } from './timings.ts'

/** A place in the group. A process that was restarted is another one than it was. */
export interface Seat {
  readonly server: Server
  state: 'ONLINE' | 'RECOVERING'
}

/** What the majority of a group has agreed on. Each member learns of it a little later, or never. */
export interface Group {
  readonly name: string
  readonly incarnation: string
  counter: number
  /** Counts every change, also those that are no new view. */
  version: number
  readonly seats: Map<Server, Seat>
  primary: Server | undefined
  /** The member that is being let in: one at a time. */
  joining: Server | undefined
  /** Every transaction that a member must have to be up to date. */
  holds: GtidSet
  /** Numbers that each member may give to its transactions, [next, end). */
  /** Transactions of members that gave up, on their way to members that were paused. */
  adrift: number
  readonly blocks: Map<Server, { next: number; readonly end: number }>
}

/** True when this member and those it hears are more than half of its group: only then is anything decided. */
export const hasMajority = (scene: Scene, group: Group, server: Server): boolean => {
  if (!group.seats.has(server) || !isActive(server)) return false
  const heard = [...group.seats.keys()].filter((other) => other === server || hear(scene, server, other))
  return heard.length > group.seats.size / 2
}

/** The members that can decide now. */
export const deciders = (scene: Scene, group: Group): readonly Server[] =>
  [...group.seats.keys()].filter((server) => hasMajority(scene, group, server))

export const snapshotOf = (group: Group): Snapshot => ({
  version: group.version,
  viewId: `${group.incarnation}:${group.counter}`,
  rows: [...group.seats.values()].map(({ server, state }) => ({
    server,
    state,
    role: server === group.primary ? 'PRIMARY' : 'SECONDARY',
  })),
})

/** A member takes in what the group has agreed on. One that is not in it any more learns nothing. */
export const learn = (scene: Scene, group: Group, server: Server): void => {
  const { local } = server
  if (local.kind !== 'In' || local.group !== group || !hasMajority(scene, group, server)) return
  local.seen = snapshotOf(group)
  const { viewId } = local.seen
  if (local.viewId !== viewId)
    server.after(draw(scene.random, 'viewIdLags'), () => {
      if (local.seen.viewId === viewId) local.viewId = viewId
    })
  if (group.primary !== server) {
    server.readOnly = true
    undoCommits(server)
  }
  const data = dataOf(server)
  // What was decided while it was away was kept for it.
  if (group.seats.get(server)?.state === 'ONLINE')
    data.received = union(data.received, subtract(group.holds, data.executed))
  applyBacklog(scene, server)
  watchPeers(scene, server)
  retryCommits(scene, server)
}

/** Tells the members of a change. */
export const publish = (scene: Scene, group: Group): void => {
  group.version += 1
  for (const server of group.seats.keys())
    if (hasMajority(scene, group, server))
      server.after(draw(scene.random, 'deliver'), () => learn(scene, group, server))
}

/** A change of members: a new view. */
const changeMembers = (scene: Scene, group: Group, why: string): void => {
  group.counter += 1
  group.blocks.clear()
  const names = [...group.seats.keys()].map(({ spec }) => spec.pod).join(' ')
  scene.story.tell('group', `${group.incarnation}:${group.counter} ${why}; members: ${names}`)
  elect(scene, group)
  publish(scene, group)
}

export const addSeat = (scene: Scene, group: Group, server: Server, state: Seat['state']): void => {
  group.seats.set(server, { server, state })
  changeMembers(scene, group, `${server.spec.pod} joined`)
}

export const removeSeat = (scene: Scene, group: Group, server: Server, why: string): void => {
  if (!group.seats.delete(server)) return
  if (group.primary === server) group.primary = undefined
  if (group.seats.size === 0) scene.groups.delete(group)
  changeMembers(scene, group, `${server.spec.pod} ${why}`)
}

/** True while a process that this one was before is still counted as a member. */
export const countsPredecessor = (group: Group, server: Server): boolean =>
  [...group.seats.keys()].some((other) => other !== server && other.host === server.host)
