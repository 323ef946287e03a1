import { parseGtidSet, union } from '../../../src/domain/gtid.ts'
import { openWire, reach } from './connection.ts'
import { commit } from './replication.ts'
import type { Scene } from './scene.ts'
import type { Server } from './server.ts'
import { draw } from './timings.ts'
import type { ClientSession, WriteOutcome } from './world.ts'

const TIMEOUT_MS = 5_000

const refused = (why: string): ClientSession => ({
  write: async () => ({ kind: 'Refused', why }),
  closed: Promise.resolve(),
  close: () => undefined,
})

const writeAt = (scene: Scene, server: Server, answer: (outcome: WriteOutcome) => void): void => {
  /** What the server says reaches the client only while there is a way back. */
  const say = (outcome: WriteOutcome): void => {
    server.after(draw(scene.random, 'clientLatency'), () => {
      if (scene.links.reachable(server.spec.podUid)) answer(outcome)
    })
  }
  commit(scene, server, {
    decided: (gtid) => say({ kind: 'Acknowledged', gtid }),
    undone: ({ errno, message }) => say({ kind: 'Refused', why: `${message} (${errno})` }),
    gone: () => answer({ kind: 'Lost' }),
  })
}

/** Connects a client as `app`. One that cannot connect within 5 s gets a session that refuses everything. */
export const connectClient = async (scene: Scene, podIp: string): Promise<ClientSession> => {
  await new Promise<void>((resolve) => {
    scene.time.after(draw(scene.random, 'clientLatency'), resolve)
  })
  const server = reach(scene, podIp)
  if (server === 'Refusal') return refused('connection refused')
  if (server === 'Silence')
    return new Promise((resolve) => {
      scene.time.after(TIMEOUT_MS, () => resolve(refused('no answer')))
    })
  const wire = openWire(scene, server, 'app')
  return {
    closed: wire.closed,
    close: () => wire.session.end(),
    write: (timeoutMs = TIMEOUT_MS) =>
      new Promise((resolve) => {
        const answer = (outcome: WriteOutcome): void => {
          cancel()
          if (outcome.kind === 'Acknowledged')
            scene.acknowledged = union(scene.acknowledged, parseGtidSet(outcome.gtid))
          resolve(outcome)
        }
        const cancel = scene.time.after(timeoutMs, () => answer({ kind: 'Lost' }))
        if (!server.sessions.has(wire.session)) answer({ kind: 'Refused', why: 'the connection is closed' })
        else void wire.carry(async () => writeAt(scene, server, answer)).catch(() => answer({ kind: 'Lost' }))
      }),
  }
}
