import { contains } from '../../../src/domain/gtid.ts'
import type { Group } from './group.ts'
import { applyBacklog } from './replication.ts'
import type { Scene } from './scene.ts'
import { dataOf, type Server } from './server.ts'
import { draw } from './timings.ts'

const POLL_MS = 10

/** MySQL's own order: the lowest version, then (all weights being equal) the lowest server_uuid. */
const candidate = (group: Group): Server | undefined =>
  [...group.seats.values()]
    .filter(({ state }) => state === 'ONLINE')
    .map(({ server }) => server)
    .toSorted(
      (a, b) =>
        a.version.localeCompare(b.version, 'en', { numeric: true }) ||
        (dataOf(a).serverUuid < dataOf(b).serverUuid ? -1 : 1),
    )[0]

/** A new primary takes writes only after it has applied all that the group had before. */
export const openForWrites = (scene: Scene, group: Group, server: Server, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const isPrimary = (): boolean =>
      group.primary === server && server.local.kind === 'In' && server.local.group === group
    const knows = (): boolean =>
      server.local.kind === 'In' &&
      server.local.seen.rows.some((row) => row.server === server && row.role === 'PRIMARY')
    const open = (): void => {
      if (isPrimary()) {
        server.readOnly = false
        server.tell('takes writes')
      }
      resolve()
    }
    const look = (): void => {
      const { executed, received } = dataOf(server)
      if (!isPrimary()) resolve()
      else if (knows() && contains(executed, received)) server.after(ms, open)
      else server.after(POLL_MS, look)
    }
    applyBacklog(scene, server)
    look()
  })

/** Elects a primary where there is none. It is part of the change of members that made it necessary. */
export const elect = (scene: Scene, group: Group): void => {
  const elected = candidate(group)
  if (group.primary || !elected) return
  group.primary = elected
  scene.story.tell('group', `${elected.spec.pod} is elected`)
  void openForWrites(scene, group, elected, draw(scene.random, 'openForWrites'))
}
