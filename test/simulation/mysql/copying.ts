import { hear, type Scene } from './scene.ts'
import { dataOf, type Server, SqlError, seedOf } from './server.ts'
import { draw } from './timings.ts'
import { viewVolume } from './volume.ts'

const LOOK_MS = 100

/** True while a copy replaces the data of this process. */
export const isCopying = ({ volume, servesSince }: Server): boolean => {
  const { copy } = volume.data ?? {}
  return copy?.state === 'In Progress' && copy.began >= servesSince
}

/** The last copy to a member, as performance_schema.clone_status and clone_progress tell it. */
export const copyRows = (scene: Scene, server: Server): readonly object[] => {
  const { copy } = dataOf(server)
  if (!copy) return []
  const now = scene.time.now() / 1000
  return [
    {
      state: copy.state,
      began: copy.began / 1000,
      now,
      uptime: `${Math.floor((scene.time.now() - server.servesSince) / 1000)}`,
      dropped: copy.dropped || copy.state === 'Completed' ? 'Completed' : 'Not Started',
      error: copy.error ?? '',
    },
  ]
}

export const progressRows = (server: Server): readonly object[] => {
  const { copy } = dataOf(server)
  return copy
    ? [{ stage: 'FILE COPY', state: copy.state, estimate: '1048576', data: copy.dropped ? '524288' : '0' }]
    : []
}

/**
 * CLONE INSTANCE: drops what the member has, copies the donor, and ends the process, as nobody but kubelet can start it again.
 * Where it fails half-way, what was dropped stays so.
 */
export const cloneInstance = async (
  scene: Scene,
  server: Server,
  [host, port, password]: readonly unknown[],
  end: (server: Server) => Promise<void>,
): Promise<void> => {
  const { volume } = server
  const before = dataOf(server)
  if (server.local.kind !== 'Offline')
    throw new SqlError(3875, 'Clone cannot be executed while Group Replication is running')
  if (isCopying(server)) throw new SqlError(3634, 'Too many concurrent clone operations. Maximum allowed - 1.')
  const donor = [...scene.servers.values()].find((other) => other !== server && seedOf(other) === `${host}:${port}`)
  if (!donor || !hear(scene, server, donor)) throw new SqlError(3862, 'Clone Donor Error: no answer')
  if (dataOf(donor).passwords['replication'] !== password)
    throw new SqlError(3862, "Clone Donor Error: 1045 : Access denied for user 'replication'")
  const copy: NonNullable<typeof before.copy> = { state: 'In Progress', began: scene.time.now(), dropped: false }
  before.copy = copy
  server.tell(`copies ${donor.spec.pod}`)
  await server.wait(draw(scene.random, 'dropData'))
  scene.discarded.push(viewVolume(volume))
  copy.dropped = true
  const until = scene.time.now() + draw(scene.random, 'clone')
  while (scene.time.now() < until) {
    await server.wait(LOOK_MS)
    if (hear(scene, server, donor)) continue
    copy.state = 'Failed'
    copy.error = 'Clone Donor Error: the connection was lost'
    throw new SqlError(3862, copy.error)
  }
  const { passwords, executed, replicationPassword } = dataOf(donor)
  volume.data = {
    ...before,
    ...{ passwords, executed, replicationPassword, received: new Map(), purged: executed },
    copy: { state: 'Completed', began: copy.began, dropped: false },
  }
  await end(server)
}
