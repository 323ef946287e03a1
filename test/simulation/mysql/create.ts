import { formatGtidSet, type GtidSet, union } from '../../../src/domain/gtid.ts'
import { createMySQL } from '../../../src/mysql/mysql.ts'
import { connectClient } from './clients.ts'
import { connectFrom } from './connection.ts'
import { isCopying } from './copying.ts'
import { copyMember, fillVolume } from './elsewhere.ts'
import { setAsPrimary } from './hand-over.ts'
import { die, pause, reconsider, resume, startContainer, stopContainer } from './lifecycle.ts'
import { createLinks } from './links.ts'
import { rowsOf, stateOf, viewIdOf } from './local-view.ts'
import { stopGroup } from './membership.ts'
import { canDecide, decide } from './replication.ts'
import type { Scene } from './scene.ts'
import { dataOf, isActive, isServing, type Server } from './server.ts'
import { holdsOf, type Volume, viewVolume } from './volume.ts'
import type { Faults, MySQLWorld, MySQLWorldParts, SimMember } from './world.ts'

const KILLED = 137
/** A number that no group gives. */
const NOBODYS = 1_000_000_000

const viewMember = (scene: Scene, server: Server): SimMember => {
  const { spec, volume, local } = server
  const rows = rowsOf(server)
  const own = rows.find(({ pod }) => pod === spec.pod)
  const takesWrites = isServing(server) && !server.readOnly
  return {
    namespace: spec.namespace,
    pod: spec.pod,
    podUid: spec.podUid,
    ip: spec.ip,
    volume: volume.id,
    phase: server.phase as SimMember['phase'],
    serverUuid: volume.data?.serverUuid ?? '',
    groupName: server.groupName,
    executed: volume.data?.executed ?? new Map(),
    received: volume.data?.received ?? new Map(),
    holds: holdsOf(volume.data),
    copying: isCopying(server),
    state: own?.state ?? 'OFFLINE',
    role: own?.role ?? '',
    readOnly: server.readOnly,
    viewId: viewIdOf(server),
    rows,
    incarnation: local.kind === 'In' && local.group.seats.has(server) ? local.group.incarnation : undefined,
    acknowledges: takesWrites && canDecide(scene, server),
    takesWrites,
  }
}

const createFaults = (scene: Scene): Faults => {
  const at = (podUid: string): Server => {
    const server = scene.servers.get(podUid)
    if (!server) throw new Error(`no container runs in ${podUid}`)
    return server
  }
  const nameOf = (podUid: string): string => scene.servers.get(podUid)?.spec.pod ?? podUid
  const cut = (some: readonly string[], others: readonly string[] | 'Members' | 'Outside'): (() => void) => {
    const sides = [some, others].map((side) => (typeof side === 'string' ? side : side.map(nameOf).join(' ')))
    scene.story.tell('network', `cut between ${sides.join(' and ')}`)
    const mend = scene.links.cut(some, others)
    return () => {
      scene.story.tell('network', `mended between ${sides.join(' and ')}`)
      mend()
    }
  }
  return {
    partition: (some, others) => cut(some, others),
    isolate(podUid, from) {
      const mends = [
        ...(from === 'Outside' ? [] : [cut([podUid], 'Members')]),
        ...(from === 'Members' ? [] : [cut([podUid], 'Outside')]),
      ]
      return () => {
        for (const mend of mends) mend()
      }
    },
    pause: (podUid) => pause(scene, at(podUid)),
    resume: (podUid) => resume(scene, at(podUid)),
    crash: (podUid, code = KILLED) => die(scene, at(podUid), code),
    slowApplier(podUid, ms) {
      at(podUid).applierMs = ms
    },
    burst(podUid, transactions) {
      const server = at(podUid)
      const { local } = server
      if (local.kind !== 'In' || !canDecide(scene, server)) return
      server.tell(`commits ${transactions} transactions`)
      for (let left = transactions; left > 0; left -= 1) decide(scene, local.group, server)
    },
    purge(podUid) {
      const data = dataOf(at(podUid))
      data.purged = data.executed
    },
    handOver(toPodUid) {
      const target = at(toPodUid)
      const primary = [...scene.servers.values()].find((server) => server !== target && canDecide(scene, server))
      if (primary) void setAsPrimary(scene, primary, target)
    },
    leave(podUid) {
      void stopGroup(scene, at(podUid)).catch(() => undefined)
    },
    corrupt(podUid, starts = Number.POSITIVE_INFINITY) {
      Object.assign(dataOf(at(podUid)), { corrupt: starts, ailing: Number.isFinite(starts) })
      die(scene, at(podUid), 1)
    },
    crowd(podUid) {
      const { volume } = at(podUid)
      volume.crowded = true
      return () => {
        delete volume.crowded
      }
    },
    errant(podUid, source) {
      const data = dataOf(at(podUid))
      const own = source === undefined ? (data.executed.get(data.serverUuid)?.at(-1)?.[1] ?? 1) : NOBODYS
      const made: GtidSet = new Map([[source ?? data.serverUuid, [[own, own + 1]]]])
      data.executed = union(data.executed, made)
      at(podUid).tell(`has ${formatGtidSet(made)} of its own`)
    },
  }
}

/** Makes a simulated MySQL without any container. */
export const createMySQLWorld = (parts: MySQLWorldParts): MySQLWorld => {
  const volumes = new Map<string, Volume>()
  const scene: Scene = {
    time: parts.time,
    random: parts.random.fork('mysql'),
    story: parts.story,
    network: parts.network,
    links: createLinks(() => reconsider(scene)),
    refuses: parts.refuses ?? ((configuration) => /^no_such_variable\b/m.test(configuration)),
    servers: new Map(),
    groups: new Set(),
    bootstraps: [],
    forced: [],
    strangers: [],
    leavings: [],
    discarded: [],
    acknowledged: new Map(),
    nextSession: 0,
  }
  const serverAt = (podUid: string): Server | undefined => scene.servers.get(podUid)
  const volumeOf = (id: string): Volume => {
    const volume = volumes.get(id) ?? { id, group: undefined, rebuild: '', kept: [], data: undefined }
    volumes.set(id, volume)
    return volume
  }
  return {
    runtime: {
      start: (spec, exited) => startContainer(scene, spec, volumeOf(spec.volume), exited),
      stop(podUid, graceMs, ended) {
        const server = serverAt(podUid)
        if (server) stopContainer(scene, server, graceMs, ended)
        else scene.time.after(0, ended)
      },
      kill(podUid) {
        const server = serverAt(podUid)
        if (server) die(scene, server)
      },
      started: (podUid) => {
        const server = serverAt(podUid)
        return server !== undefined && isServing(server)
      },
      ready(podUid) {
        const server = serverAt(podUid)
        return server !== undefined && isActive(server) && !server.mute && stateOf(server) === 'ONLINE'
      },
      discard(id) {
        const volume = volumes.get(id)
        if (volume) scene.discarded.push(viewVolume(volume))
        volumes.delete(id)
      },
    },
    port: (caller) => {
      const { now, after } = scene.time
      /** Nobody wakes a process that has died. */
      const clock = { now, after: (ms: number, work: () => void) => after(ms, () => caller.alive() && work()) }
      return createMySQL(connectFrom(scene, caller), clock)
    },
    faults: createFaults(scene),
    members: () => [...scene.servers.values()].map((server) => viewMember(scene, server)),
    volumes: () => [...volumes.values()].map(viewVolume),
    discarded: () => scene.discarded,
    bootstraps: () => scene.bootstraps,
    forced: () => scene.forced,
    copyOf: (host, password) => copyMember(scene, host, password),
    fill: (id, copy, passwords) => fillVolume(scene, volumeOf(id), copy, passwords),
    strangers: () => scene.strangers,
    leavings: () => scene.leavings,
    acknowledged: () => scene.acknowledged,
    connect: (podIp) => connectClient(scene, podIp),
    async write(podIp, timeoutMs) {
      const session = await connectClient(scene, podIp)
      const outcome = await session.write(timeoutMs)
      session.close()
      return outcome
    },
  }
}
