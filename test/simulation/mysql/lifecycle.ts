import { subtract } from '../../../src/domain/gtid.ts'
import { EXIT } from '../../../src/domain/objects/check.ts'
import type { ContainerSpec } from '../world/runtime.ts'
import { watchPeers } from './detection.ts'
import { hasMajority, removeSeat } from './group.ts'
import { handOverAndLeave } from './hand-over.ts'
import { leaveView, rowsOf, stateOf } from './local-view.ts'
import { startAtBoot } from './membership.ts'
import { landAdrift, retryCommits } from './replication.ts'
import type { Scene } from './scene.ts'
import { createServer, isServing, rouse, type Server, seedOf } from './server.ts'
import { draw } from './timings.ts'
import { type Data, holdsOf, newData, type Volume } from './volume.ts'

/** What mysqld says of a page that it cannot read. */
const UNREADABLE =
  '2026-01-01T00:00:00.000000Z 0 [ERROR] [MY-011906] [InnoDB] Database page corruption on disk or a failed file read of page [page id: space=4294967294, page number=3].'

const NO_ROOM =
  'there is no room to keep its old data beside a copy of another member: 2048 MiB are needed, 7 MiB are free'

/** Longer than a member is silent until it is suspected. */
const LONG_MS = 5_000

/** Who hears whom has changed: members look at each other, and what waited for a majority is tried. */
export const reconsider = (scene: Scene): void => {
  for (const server of scene.servers.values()) {
    watchPeers(scene, server)
    retryCommits(scene, server)
  }
  for (const group of scene.groups) landAdrift(scene, group)
}

/** The process is gone. With a code, nobody asked for it, and kubelet is told. */
export const die = (scene: Scene, server: Server, code?: number, said?: string): void => {
  if (server.phase === 'Ended') return
  server.phase = 'Ended'
  server.tell(code === undefined ? 'ended' : `exits with code ${code}`)
  if (scene.servers.get(server.spec.podUid) === server) scene.servers.delete(server.spec.podUid)
  leaveView(server.local)
  server.waiting.clear()
  for (const session of [...server.sessions]) session.end()
  for (const commit of server.commits) commit.gone()
  server.commits.clear()
  for (const group of scene.groups)
    if ([...group.seats.keys()].every(({ phase }) => phase === 'Ended')) scene.groups.delete(group)
  reconsider(scene)
  if (code !== undefined && !server.asked) server.exited(code, said)
  for (const tell of server.endings) tell()
}

/** Sees to it that a volume of a deleted cluster is not looked for a group that is no more, as start.sh does. */
const takeVolume = ({ groupName, volume }: Server): void => {
  if (volume.data && volume.group !== groupName) volume.data.startOnBoot = false
  volume.group = groupName
}

/** What start.sh is asked, once, to do with the data before they are served. False when there is no room for it. */
const doAsAsked = ({ spec, volume, tell }: Server): boolean => {
  const { request = '' } = spec
  if (request === '' || request === volume.rebuild) return true
  if (volume.data && volume.crowded) return false
  tell(`does as it is asked: ${request}`)
  const { data } = volume
  const isAside = request.startsWith('aside-')
  // Logs do not have what was purged from them.
  if (data) volume.kept.push({ id: request, holds: isAside ? holdsOf(data) : subtract(holdsOf(data), data.purged) })
  if (isAside) volume.data = undefined
  volume.rebuild = request
  return true
}

type Whereabouts = 'There' | 'Counted' | 'Silent' | 'None'
const PATIENCE = { Counted: 20, Silent: 4 } as const

/** What another member says of the group when a member asks at its start, as whereabouts.sh does. */
const askOther = (scene: Scene, server: Server, other: Server): Whereabouts => {
  if (!scene.links.between(server.spec.podUid, other.spec.podUid) || other.phase === 'Paused' || other.mute)
    return 'Silent'
  if (!isServing(other) || stateOf(other) !== 'ONLINE') return 'None'
  const rows = rowsOf(other)
  if (rows.filter(({ state }) => state !== 'UNREACHABLE').length * 2 <= rows.length) return 'None'
  return rows.some(({ pod }) => pod === server.spec.pod) ? 'Counted' : 'There'
}

/** START at boot is for members whose group may be there. While it counts what this one was before, it is asked again. */
const lookForGroup = async (scene: Scene, server: Server, data: Data): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    await server.wait(draw(scene.random, 'askOthers'))
    const others = [...scene.servers.values()].filter((other) => other !== server && data.seeds.includes(seedOf(other)))
    const answers = new Set(others.map((other) => askOther(scene, server, other)))
    if (answers.has('There')) return
    const again = (['Counted', 'Silent'] as const).find((answer) => answers.has(answer))
    if (!again) data.startOnBoot = false
    if (!again || tries >= PATIENCE[again]) return
    await server.wait(again === 'Silent' ? 2_500 : 500)
  }
}

const serve = async (scene: Scene, server: Server): Promise<void> => {
  const { data } = server.volume
  if (data?.startOnBoot) await lookForGroup(scene, server, data)
  server.phase = 'Starting'
  await server.wait(draw(scene.random, 'boot'))
  server.phase = 'Running'
  server.servesSince = scene.time.now()
  delete server.volume.data?.ailing
  server.tell('serves, alone')
  reconsider(scene)
  if (server.volume.data?.startOnBoot) await startAtBoot(scene, server)
}

/** A patch less is read within a series; the simulated images have no others. */
const isOlder = (version: string, written = version): boolean =>
  version.localeCompare(written, 'en', { numeric: true }) < 0

const olderThan = (version: string, written = version): string =>
  `MY-013171 Cannot boot server version ${version} on data directory built by version ${written}. Downgrade is not supported`

const run = async (scene: Scene, server: Server): Promise<void> => {
  const { volume, spec } = server
  takeVolume(server)
  if (!doAsAsked(server)) {
    await server.wait(draw(scene.random, 'refuseToBoot'))
    die(scene, server, EXIT.noRoom, NO_ROOM)
    return
  }
  const locked = [...scene.servers.values()].some((other) => other !== server && other.volume === volume)
  if (locked || scene.refuses(spec.configuration)) {
    await server.wait(draw(scene.random, 'refuseToBoot'))
    die(scene, server, 1)
    return
  }
  if (!volume.data) {
    server.tell('initialises its data')
    await server.wait(draw(scene.random, 'initialise'))
    volume.data = newData(scene.random, { ...spec.secrets })
  }
  if (volume.data.corrupt) {
    volume.data.corrupt -= 1
    if (volume.data.corrupt === 0) delete volume.data.corrupt
    await server.wait(draw(scene.random, 'refuseToBoot'))
    die(scene, server, 1, UNREADABLE)
    return
  }
  if (isOlder(server.version, volume.data.written)) {
    await server.wait(draw(scene.random, 'refuseToBoot'))
    die(scene, server, 1, olderThan(server.version, volume.data.written))
    return
  }
  volume.data.written = server.version
  await serve(scene, server)
}

export const startContainer = (
  scene: Scene,
  spec: ContainerSpec,
  volume: Volume,
  exited: (code: number, said?: string) => void,
): void => {
  const before = scene.servers.get(spec.podUid)
  if (before) die(scene, before)
  const server = createServer(scene, spec, volume, exited)
  scene.servers.set(spec.podUid, server)
  void run(scene, server)
}

/** The statement SHUTDOWN: nobody but kubelet starts it again. */
export const shutDownAsAsked = async (scene: Scene, server: Server): Promise<void> => {
  await shutDown(scene, server)
  die(scene, server, 0)
}

/** What mysqld does on SIGTERM: it leaves its group, then ends. */
const shutDown = async (scene: Scene, server: Server): Promise<void> => {
  server.phase = 'Stopping'
  const { local } = server
  if (local.kind === 'In') {
    server.readOnly = true
    await server.wait(draw(scene.random, 'stop'))
    if (hasMajority(scene, local.group, server)) removeSeat(scene, local.group, server, 'left')
    leaveView(local)
    server.local = { kind: 'Offline' }
  }
  await server.wait(draw(scene.random, 'shutdown'))
}

export const stopContainer = (scene: Scene, server: Server, graceMs: number, ended: () => void): void => {
  server.asked = true
  server.endings.add(ended)
  const end = (): void => die(scene, server)
  scene.time.after(graceMs, end)
  const stop = async (): Promise<void> => {
    // start.sh ends at once; what it made so far is thrown away by the next one.
    if (server.phase === 'Initialising') await server.wait(50)
    else {
      server.tell('is asked to stop')
      if (isServing(server)) await handOverAndLeave(scene, server)
      await server.wait(1)
      await shutDown(scene, server)
    }
    end()
  }
  void stop()
}

export const pause = (scene: Scene, server: Server): void => {
  if (server.phase !== 'Running') return
  server.phase = 'Paused'
  server.pausedSince = scene.time.now()
  server.tell('is paused')
  reconsider(scene)
}

/** Of several members that were paused, one that goes on may take the others for dead, as it has not heard of them for so long. */
const oversleep = (scene: Scene, server: Server): void => {
  const { local } = server
  server.sleptUntil = scene.time.now()
  if (local.kind !== 'In' || !local.group.seats.has(server)) return
  const { group } = local
  server.after(draw(scene.random, 'expel'), () => {
    if (!hasMajority(scene, group, server) || !scene.random.chance(0.5)) return
    for (const other of [...group.seats.keys()])
      if (other !== server && other.sleptUntil > scene.time.now() - LONG_MS) removeSeat(scene, group, other, 'expelled')
    reconsider(scene)
  })
}

export const resume = (scene: Scene, server: Server): void => {
  if (server.phase !== 'Paused') return
  server.phase = 'Running'
  server.tell('is resumed')
  if (scene.time.now() - server.pausedSince > LONG_MS) oversleep(scene, server)
  rouse(server)
  reconsider(scene)
}
