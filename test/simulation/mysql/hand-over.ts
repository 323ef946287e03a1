import { contains } from '../../../src/domain/gtid.ts'
import { openForWrites } from './election.ts'
import { hasMajority, publish } from './group.ts'
import { stateOf } from './local-view.ts'
import { stopGroup } from './membership.ts'
import type { Scene } from './scene.ts'
import { dataOf, type Server, SqlError } from './server.ts'
import { draw } from './timings.ts'
import { holdsOf } from './volume.ts'

const POLL_MS = 5

/** group_replication_set_as_primary on the primary itself. The members stay who they are, so it is no new view. */
export const setAsPrimary = async (scene: Scene, server: Server, target: Server): Promise<void> => {
  const { local } = server
  if (local.kind !== 'In' || !hasMajority(scene, local.group, server)) return
  const { group } = local
  while (server.commits.size > 0) await server.wait(POLL_MS)
  server.readOnly = true
  await server.wait(draw(scene.random, 'handOver'))
  if (group.primary !== server || !group.seats.has(target) || !hasMajority(scene, group, server)) {
    // It was given up: whoever is still the primary takes writes again.
    if (group.primary === server && hasMajority(scene, group, server)) await openForWrites(scene, group, server, 0)
    return
  }
  group.primary = target
  server.tell(`hands over to ${target.spec.pod}`)
  publish(scene, group)
  await openForWrites(scene, group, target, draw(scene.random, 'handOver'))
  await server.wait(draw(scene.random, 'handOverTail'))
}

/** group_replication_set_as_primary on any member: refused where the member is not ONLINE in a majority, or the target not at all. */
export const handOverAsAsked = async (scene: Scene, asked: Server, uuid: string): Promise<void> => {
  const { local } = asked
  if (local.kind !== 'In' || stateOf(asked) !== 'ONLINE' || !hasMajority(scene, local.group, asked))
    throw new SqlError(
      3910,
      'The function group_replication_set_as_primary failed. Member must be ONLINE and in the majority partition.',
    )
  const { primary, seats } = local.group
  const target = [...seats.keys()].find((member) => dataOf(member).serverUuid === uuid)
  if (!target)
    throw new SqlError(
      3910,
      'The function group_replication_set_as_primary failed. The requested uuid is not a member of the group.',
    )
  if (!primary || primary === target) return
  await setAsPrimary(scene, primary, target)
}

/** Resolves with the work, or after `ms`. */
const within = (scene: Scene, ms: number, work: Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const cancel = scene.time.after(ms, resolve)
    const done = (): void => {
      cancel()
      resolve()
    }
    work.then(done, done)
  })

/** The preStop hook, stop.sh: each step is bounded, and none may fail it. */
export const handOverAndLeave = async (scene: Scene, server: Server): Promise<void> => {
  let answered = false
  await within(
    scene,
    5_000,
    server.wait(1).then(() => {
      answered = true
    }),
  )
  const { local } = server
  if (!answered || local.kind !== 'In' || stateOf(server) !== 'ONLINE') return
  const others = local.seen.rows
    .filter((row) => row.server !== server && row.state === 'ONLINE' && !local.suspects.has(row.server))
    .toSorted((a, b) => a.server.host.localeCompare(b.server.host, 'en'))
  const isSilent = ({ phase }: Server): boolean => phase !== 'Running'
  const follows = (other: Server): boolean => contains(holdsOf(dataOf(server)), holdsOf(dataOf(other)))
  const next =
    others.find((row) => !isSilent(row.server) && follows(row.server)) ?? others.find((row) => isSilent(row.server))
  const isPrimary = local.seen.rows.some((row) => row.server === server && row.role === 'PRIMARY')
  if (isPrimary && next) await within(scene, 20_000, setAsPrimary(scene, server, next.server))
  await within(scene, 20_000, stopGroup(scene, server))
}
