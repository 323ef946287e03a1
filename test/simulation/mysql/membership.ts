import { isEmpty, subtract } from '../../../src/domain/gtid.ts'
import { openForWrites } from './election.ts'
import { addSeat, countsPredecessor, type Group, hasMajority, removeSeat, snapshotOf } from './group.ts'
import { die } from './lifecycle.ts'
import { enterView, leaveView, stateOf } from './local-view.ts'
import { recover } from './recovery.ts'
import { giveUpCommits, undoCommits } from './replication.ts'
import { hear, type Scene } from './scene.ts'
import { dataOf, groupNameOf, type Server, SqlError, seedOf } from './server.ts'
import { draw } from './timings.ts'
import { holdsOf } from './volume.ts'

const ASK_AGAIN_MS = 50
const busy = (what: string): SqlError =>
  new SqlError(
    3663,
    `The ${what} GROUP_REPLICATION command encountered a failure. Another instance of START/STOP GROUP_REPLICATION command is executing.`,
  )
const notConfigured = (): SqlError =>
  new SqlError(3092, 'The server is not configured properly to be an active member of the group.')

/** A member that can no longer be in its group ends itself in order: group_replication_exit_state_action=ABORT_SERVER. */
export const failInGroup = (scene: Scene, server: Server, why: string): void => {
  const { local } = server
  if (local.kind !== 'In') return
  const { group } = local
  const alone = [...local.suspects].map(({ spec, version }) => ({ pod: spec.pod, version }))
  leaveView(local)
  const rows = alone.map((other) => ({ ...other, state: 'UNREACHABLE', role: 'SECONDARY' }) as const)
  server.local = { kind: 'Error', viewId: snapshotOf(group).viewId, rows }
  server.readOnly = true
  giveUpCommits(scene, group, server)
  server.tell(`ERROR: ${why}`)
  if (hasMajority(scene, group, server)) removeSeat(scene, group, server, 'left in ERROR')
  server.after(draw(scene.random, alone.length > 0 ? 'abortWithoutMajority' : 'abort'), () => die(scene, server, 0))
}

/** A group of this member alone. */
const form = async (scene: Scene, server: Server): Promise<void> => {
  await server.wait(draw(scene.random, 'bootstrap'))
  const group: Group = {
    name: groupNameOf(server),
    incarnation: `${scene.time.now()}${scene.random.between(1000, 9999)}`,
    counter: 1,
    version: 1,
    seats: new Map([[server, { server, state: 'ONLINE' }]]),
    primary: server,
    joining: undefined,
    holds: holdsOf(dataOf(server)),
    adrift: 0,
    blocks: new Map(),
  }
  const beside = [...scene.groups].filter(({ name }) => name === group.name)
  const besideMembers = beside.reduce((sum, { seats }) => sum + seats.size, 0)
  scene.groups.add(group)
  const { podUid, pod } = server.spec
  const { incarnation, name } = group
  scene.bootstraps.push({ at: scene.time.now(), podUid, pod, groupName: name, incarnation, besideMembers })
  server.tell(`bootstraps ${incarnation}:1${besideMembers > 0 ? ` BESIDE ${besideMembers} members` : ''}`)
  server.local = enterView(group, snapshotOf(group))
  await openForWrites(scene, group, server, draw(scene.random, 'handOver'))
}

/** The group that this member finds by its seeds, if a majority of it is there to let it in. */
const findGroup = (scene: Scene, server: Server): Group | undefined => {
  const { seeds, replicationPassword } = dataOf(server)
  for (const other of scene.servers.values()) {
    const { local } = other
    if (other === server || local.kind !== 'In' || !seeds.includes(seedOf(other)) || !hear(scene, server, other))
      continue
    const sameGroup = local.group.name === groupNameOf(server) && hasMajority(scene, local.group, other)
    if (sameGroup && dataOf(other).passwords['replication'] === replicationPassword) return local.group
  }
  return undefined
}

/** Enters the view. False when it was not let in for now. */
const enter = async (scene: Scene, server: Server, group: Group, by: 'START' | 'Boot'): Promise<boolean> => {
  if (group.joining && group.joining !== server && group.joining.phase !== 'Ended') {
    await server.wait(draw(scene.random, 'joinsCollide'))
    return false
  }
  group.joining = server
  await server.wait(draw(scene.random, 'joinTheView'))
  group.joining = undefined
  if (findGroup(scene, server) !== group || countsPredecessor(group, server)) return false
  const errant = subtract(holdsOf(dataOf(server)), group.holds)
  addSeat(scene, group, server, 'RECOVERING')
  if (!isEmpty(errant)) {
    if (by === 'START') scene.strangers.push({ pod: server.spec.pod, errant })
    await server.wait(draw(scene.random, 'noticeErrant'))
    if (hasMajority(scene, group, server)) removeSeat(scene, group, server, 'left: it has what the group lacks')
    await server.wait(draw(scene.random, 'errantTail'))
    throw notConfigured()
  }
  server.local = enterView(group, snapshotOf(group))
  void recover(scene, group, server)
  return true
}

const joinGroup = async (scene: Scene, server: Server, by: 'START' | 'Boot'): Promise<void> => {
  const until = scene.time.now() + draw(scene.random, by === 'Boot' ? 'bootGivesUp' : 'startGivesUp')
  if (by === 'Boot') await server.wait(draw(scene.random, 'bootLooks'))
  let hadPredecessor = false
  for (;;) {
    const group = findGroup(scene, server)
    if (group && countsPredecessor(group, server)) hadPredecessor = true
    else if (group && hadPredecessor) {
      hadPredecessor = false
      await server.wait(draw(scene.random, 'staleConnections'))
    } else if (group && (await enter(scene, server, group, by))) return
    if (scene.time.now() >= until) throw notConfigured()
    await server.wait(draw(scene.random, 'startTriesAgain'))
  }
}

/** A command waits until START at boot has ended, however long that takes and whether its caller still lives; any other one is in its way. */
const takeTurn = async (server: Server, what: 'START' | 'STOP'): Promise<void> => {
  while (server.command === 'Boot') await server.wait(ASK_AGAIN_MS)
  if (server.command) throw busy(what)
}

const start = async (scene: Scene, server: Server, by: 'START' | 'Boot'): Promise<void> => {
  server.command = by
  server.isTold = by === 'START'
  server.tell(by === 'Boot' ? 'looks for its group' : `START${server.bootstrapFlag ? ' as bootstrap' : ''}`)
  try {
    await (server.bootstrapFlag ? form(scene, server) : joinGroup(scene, server, by))
    if (by === 'Boot') return
    server.mute = true
    await server.wait(draw(scene.random, 'startTail'))
  } catch (error) {
    server.tell('START failed')
    throw error
  } finally {
    server.mute = false
    server.command = undefined
  }
}

/** What a member does by itself when it is set to rejoin. Of its failure it says nothing but in its log. */
export const startAtBoot = (scene: Scene, server: Server): Promise<void> =>
  start(scene, server, 'Boot').catch(() => undefined)

/** START GROUP_REPLICATION. */
export const startGroup = async (scene: Scene, server: Server): Promise<void> => {
  await takeTurn(server, 'START')
  if (server.local.kind !== 'Offline')
    throw new SqlError(3093, 'The START GROUP_REPLICATION command failed since the group is already running')
  await start(scene, server, 'START')
}

/** STOP GROUP_REPLICATION. */
/** Puts on record that a member is told to leave that its group counts. */
export const noteLeaving = ({ leavings }: Scene, server: Server): void => {
  const { local, spec } = server
  const isCounted = local.kind === 'In' && local.group.seats.has(server)
  if (isCounted && stateOf(server) === 'ONLINE') leavings.push({ pod: spec.pod, podUid: spec.podUid })
}

export const stopGroup = async (scene: Scene, server: Server): Promise<void> => {
  await takeTurn(server, 'STOP')
  const { local } = server
  if (local.kind === 'Offline') return
  server.command = 'STOP'
  server.readOnly = true
  server.mute = true
  if (local.kind === 'In') {
    await server.wait(draw(scene.random, hasMajority(scene, local.group, server) ? 'stop' : 'stopWithoutMajority'))
    leaveView(local)
    if (hasMajority(scene, local.group, server)) removeSeat(scene, local.group, server, 'left')
  }
  undoCommits(server)
  server.local = { kind: 'Offline' }
  await server.wait(draw(scene.random, 'stopTail'))
  server.mute = false
  server.command = undefined
}
