import { contains } from '../../../src/domain/gtid.ts'
import { type Group, hasMajority, learn, removeSeat } from './group.ts'
import type { InGroup } from './local-view.ts'
import { failInGroup } from './membership.ts'
import { hear, type Scene } from './scene.ts'
import { dataOf, isActive, type Server } from './server.ts'
import { draw } from './timings.ts'
import { holdsOf } from './volume.ts'

const stop = (timers: Map<Server, () => void>, of: Server): void => {
  timers.get(of)?.()
  timers.delete(of)
}

/** By its own view: whether more than half of the members are not suspected. */
const seesMajority = ({ seen, suspects }: InGroup): boolean => seen.rows.length - suspects.size > seen.rows.length / 2

const considerMinority = (scene: Scene, server: Server, local: InGroup): void => {
  if (seesMajority(local)) {
    local.minority?.()
    local.minority = undefined
  } else
    local.minority ??= server.after(draw(scene.random, 'loseMajority'), () => {
      local.minority = undefined
      if (server.local === local && !seesMajority(local)) failInGroup(scene, server, 'no majority for too long')
    })
}

const considerExpulsion = (scene: Scene, server: Server, local: InGroup, suspect: Server): void => {
  const { group } = local
  if (local.expulsions.has(suspect) || !hasMajority(scene, group, server)) return
  const expel = (): void => {
    local.expulsions.delete(suspect)
    if (server.local !== local || hear(scene, server, suspect) || !hasMajority(scene, group, server)) return
    removeSeat(scene, group, suspect, 'expelled')
  }
  local.expulsions.set(suspect, server.after(draw(scene.random, 'expel'), expel))
}

const suspect = (scene: Scene, server: Server, local: InGroup, other: Server): void => {
  local.silences.delete(other)
  if (server.local !== local || hear(scene, server, other)) return
  local.suspects.add(other)
  server.tell(`sees ${other.spec.pod} UNREACHABLE`)
  considerExpulsion(scene, server, local, other)
  considerMinority(scene, server, local)
}

/** True when transactions were decided while it was away. */
const lacks = (group: Group, server: Server): boolean =>
  group.seats.get(server)?.state === 'ONLINE' && !contains(holdsOf(dataOf(server)), group.holds)

/** A member that hears its group again learns what it missed: at worst, that it is out. */
const considerNews = (scene: Scene, server: Server, local: InGroup): void => {
  const { group } = local
  if (local.noticing) return
  if (!group.seats.has(server)) {
    const heard = [...group.seats.keys()].some((other) => hear(scene, server, other))
    if (!heard) return
    local.noticing = server.after(draw(scene.random, 'noticeExpulsion'), () => {
      local.noticing = undefined
      if (server.local === local && !group.seats.has(server)) failInGroup(scene, server, 'expelled from the group')
    })
  } else if ((local.seen.version < group.version || lacks(group, server)) && hasMajority(scene, group, server))
    local.noticing = server.after(draw(scene.random, 'deliver'), () => {
      local.noticing = undefined
      learn(scene, group, server)
    })
}

/** Compares whom a member hears with whom it has in its view. */
export const watchPeers = (scene: Scene, server: Server): void => {
  const { local } = server
  if (local.kind !== 'In' || !isActive(server)) return
  const peers = new Set(local.seen.rows.map((row) => row.server).filter((other) => other !== server))
  for (const timers of [local.silences, local.expulsions])
    for (const other of timers.keys()) if (!peers.has(other)) stop(timers, other)
  for (const other of local.suspects) if (!peers.has(other)) local.suspects.delete(other)
  for (const other of peers)
    if (hear(scene, server, other)) {
      stop(local.silences, other)
      stop(local.expulsions, other)
      local.suspects.delete(other)
    } else if (local.suspects.has(other)) considerExpulsion(scene, server, local, other)
    else if (!local.silences.has(other))
      local.silences.set(
        other,
        server.after(draw(scene.random, 'suspect'), () => suspect(scene, server, local, other)),
      )
  considerMinority(scene, server, local)
  considerNews(scene, server, local)
}
