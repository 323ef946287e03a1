import { contains, count, subtract, union } from '../../../src/domain/gtid.ts'
import { elect } from './election.ts'
import { type Group, hasMajority, publish } from './group.ts'
import { failInGroup } from './membership.ts'
import { hear, type Scene } from './scene.ts'
import { dataOf, type Server } from './server.ts'
import { draw } from './timings.ts'
import { holdsOf, viewVolume } from './volume.ts'

const TRY_AGAIN_MS = 1_000
const TRIES = 60
/** For each transaction that it lacks. */
const RECOVER_ONE_MS = 1

/**
 * A member that lacks what all others have purged copies a whole one in place of its own data, without being told to. For that
 * it takes read_only off, and then ends, as nobody but kubelet can start it again.
 */
const clone = async (scene: Scene, server: Server, donor: Server): Promise<void> => {
  server.tell(`copies ${donor.spec.pod}`)
  server.readOnly = false
  await server.wait(draw(scene.random, 'clone'))
  if (server.local.kind !== 'In') return
  const { volume } = server
  scene.discarded.push({ ...viewVolume(volume), ...(server.isTold ? {} : { itself: true as const }) })
  const { passwords, executed } = dataOf(donor)
  volume.data = { ...dataOf(server), passwords, executed, received: new Map(), purged: executed }
  failInGroup(scene, server, 'its data are copied, and it must be started again')
}

/** Brings a member that has joined up to date from the binary logs of another one. */
export const recover = async (scene: Scene, group: Group, server: Server): Promise<void> => {
  const data = dataOf(server)
  const recovers = (): boolean => server.local.kind === 'In' && group.seats.get(server)?.state === 'RECOVERING'
  const donors = (): readonly Server[] =>
    [...group.seats.values()]
      .filter(({ server: other, state }) => state === 'ONLINE' && other !== server && hear(scene, server, other))
      .map((seat) => seat.server)

  for (let tries = 0; recovers(); tries += 1) {
    const heard = donors()
    const donor = heard.find((other) => contains(holdsOf(data), dataOf(other).purged))
    if (donor) {
      const missing = count(subtract(holdsOf(dataOf(donor)), holdsOf(data)))
      await server.wait(draw(scene.random, 'recovery') + missing * RECOVER_ONE_MS + server.applierMs)
      if (!recovers()) return
      if (donors().includes(donor)) {
        data.received = union(data.received, subtract(group.holds, data.executed))
        data.executed = union(data.executed, data.received)
        if (hasMajority(scene, group, server)) break
      }
    } else if (heard[0]) {
      await clone(scene, server, heard[0])
      return
    } else if (tries > TRIES) {
      failInGroup(scene, server, 'no member to recover from')
      return
    }
    await server.wait(TRY_AGAIN_MS)
  }
  const seat = group.seats.get(server)
  if (!seat || !recovers()) return
  seat.state = 'ONLINE'
  server.tell('is ONLINE')
  elect(scene, group)
  publish(scene, group)
}
