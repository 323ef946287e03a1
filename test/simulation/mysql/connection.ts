import { OperatorError } from '../../../src/domain/errors.ts'
import type { Connect } from '../../../src/mysql/connection.ts'
import type { Process } from '../world/network.ts'
import type { Scene } from './scene.ts'
import { dataOf, isServing, type Server, type ServerSession, SqlError } from './server.ts'
import { execute } from './statements.ts'

const CONNECT_MS = 3_000
const HEAR_OF_END_MS = 1

/** A session at a server, as the one at the other end of the wire has it. */
interface Wire {
  readonly session: ServerSession
  /** Work of the server for this session; fails when the session ends first. While the link is cut or the process paused, nothing happens. */
  carry<T>(work: () => Promise<T>): Promise<T>
  readonly closed: Promise<void>
}

const lost = (pod: string, code: string): OperatorError => new OperatorError('MemberUnreachable', `${pod}: ${code}`)

/** Opens a session at a server, and keeps it until either side ends it. */
export const openWire = (scene: Scene, server: Server, user: string): Wire => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const inFlight = new Set<(error: Error) => void>()
  const { podUid, pod } = server.spec
  scene.nextSession += 1
  const session: ServerSession = {
    id: scene.nextSession,
    user,
    end() {
      if (!server.sessions.delete(session)) return
      scene.time.after(HEAR_OF_END_MS, () => {
        // Whoever is cut off hears of nothing, not even of the end.
        if (!scene.links.reachable(podUid)) return
        close()
        for (const fail of inFlight) fail(lost(pod, 'ECONNRESET'))
        inFlight.clear()
      })
    },
  }
  server.sessions.add(session)
  const carry = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (!scene.links.reachable(podUid)) return
      if (!server.sessions.has(session)) {
        reject(lost(pod, 'ECONNRESET'))
        return
      }
      inFlight.add(reject)
      const begin = (): void => {
        const done = (): boolean => inFlight.delete(reject)
        work().then(
          (value) => done() && resolve(value),
          (error) => done() && reject(error),
        )
      }
      if (server.phase === 'Paused') server.waiting.add(begin)
      else begin()
    })
  return { session, carry, closed }
}

/** The server that listens at an address. Silence where nothing is, or nothing gets through; refusal where no port is open. */
export const reach = (scene: Scene, ip: string): Server | 'Silence' | 'Refusal' => {
  const server = [...scene.servers.values()].find(({ spec }) => spec.ip === ip)
  if (!server || !scene.links.reachable(server.spec.podUid) || server.phase === 'Paused') return 'Silence'
  return isServing(server) ? server : 'Refusal'
}

const stoppedAt = (scene: Scene, ip: string): Server | undefined =>
  [...scene.servers.values()].find(
    ({ spec, phase }) => spec.ip === ip && phase === 'Paused' && scene.links.reachable(spec.podUid),
  )

const translated = (pod: string, error: unknown): unknown =>
  error instanceof SqlError ? new OperatorError('MemberRefused', `${pod}: ${error.message} (${error.errno})`) : error

/** Connects to the members of the scene as src/mysql/connection.ts does to real ones, over the network of the world. */
export const connectFrom =
  (scene: Scene, caller: Process): Connect =>
  async (member, access) => {
    const { pod } = member
    /** One round trip. The server may take its time; its answer counts only when it comes within `timeoutMs`. */
    const ask = async <T>(what: string, timeoutMs: number, effect: () => Promise<T>): Promise<T> => {
      const { answer } = await scene.network.call({
        caller,
        receiver: pod,
        what,
        effect: () => {
          const coming = effect()
          coming.catch(() => undefined)
          return { answer: coming }
        },
        noAnswer: () => lost(pod, 'ETIMEDOUT'),
        refuse: (code) => new OperatorError('MemberRefused', `${pod}: refused by chance (${code})`),
      })
      return new Promise<T>((resolve, reject) => {
        const give = (end: () => void): void => {
          cancel()
          if (caller.alive()) end()
        }
        const cancel = scene.time.after(timeoutMs, () => give(() => reject(lost(pod, 'PROTOCOL_SEQUENCE_TIMEOUT'))))
        answer.then(
          (value) => give(() => resolve(value)),
          (error) => give(() => reject(translated(pod, error))),
        )
      })
    }

    const accept = (): Promise<{ server: Server; wire: Wire }> => {
      const server = reach(scene, member.ip)
      const stopped = server === 'Silence' ? stoppedAt(scene, member.ip) : undefined
      // The kernel takes the connection of a process that is stopped, which answers when it goes on.
      if (stopped) return new Promise((resolve) => stopped.waiting.add(() => resolve(accept())))
      if (server === 'Silence') return new Promise(() => undefined)
      if (server === 'Refusal') return Promise.reject(lost(pod, 'ECONNREFUSED'))
      if (dataOf(server).passwords['operator'] !== access.operator)
        return Promise.reject(new SqlError(1045, "Access denied for user 'operator' (using password: YES)"))
      return Promise.resolve({ server, wire: openWire(scene, server, 'operator') })
    }
    const { server, wire } = await ask('connect', CONNECT_MS, accept)
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    void wire.closed.then(() => caller.alive() && resolve())

    return {
      query: async (sql, values = [], timeoutMs = 10_000) => [
        ...(await ask(sql.replaceAll(/\s+/g, ' ').slice(0, 40), timeoutMs, () =>
          wire.carry(() => execute(scene, server, wire.session, sql, values)),
        )),
      ],
      closed,
      close() {
        resolve()
        wire.session.end()
      },
    }
  }
