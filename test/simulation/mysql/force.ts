import { elect } from './election.ts'
import { hasMajority, publish } from './group.ts'
import type { Scene } from './scene.ts'
import { type Server, SqlError, seedOf } from './server.ts'
import { draw } from './timings.ts'

/** SET GLOBAL group_replication_force_members: the group goes on as these members alone, whatever the others are. */
export const forceMembers = async (scene: Scene, server: Server, addresses: readonly string[]): Promise<void> => {
  if (addresses.length === 0) return
  const { local } = server
  if (local.kind !== 'In' || hasMajority(scene, local.group, server))
    throw new SqlError(
      1231,
      "Variable 'group_replication_force_members' can't be set: the member is OFFLINE or the majority of the group is reachable.",
    )
  const { group } = local
  await server.wait(draw(scene.random, 'force'))
  const left = [...group.seats.keys()].filter((other) => !addresses.includes(seedOf(other)))
  if (left.includes(server) || server.local !== local) throw new SqlError(1231, 'Error setting force_members.')
  const { pod, podUid } = server.spec
  const others = left.map((other) => other.spec.pod)
  const alive = left.filter((other) => other.phase !== 'Ended').map((other) => other.spec.pod)
  scene.forced.push({ at: scene.time.now(), pod, podUid, others, alive })
  for (const other of left) group.seats.delete(other)
  if (group.primary && left.includes(group.primary)) group.primary = undefined
  group.counter += 1
  group.blocks.clear()
  scene.story.tell('group', `${group.incarnation}:${group.counter} is forced by ${pod}`)
  elect(scene, group)
  publish(scene, group)
}
