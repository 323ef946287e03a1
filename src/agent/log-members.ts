import { randomUUID } from 'node:crypto'
import { type ArchiveAccess, askMember, streamOf } from '../binlog/member.ts'
import type { Clock } from '../clock.ts'
import type { LogMembers } from './archiver.ts'

const HEARTBEAT_MS = 2_000
/** Above those of members, whose ids begin at 1000; a server ends the older of two streams with the same id and UUID. */
const FIRST_ID = 2_000_000_000
const IDS = 2_000_000_000

/** The members of a cluster by their names. */
export const logMembers = (hosts: readonly string[], access: ArchiveAccess, clock: Clock): LogMembers => {
  const uuid = randomUUID()
  const serverId = FIRST_ID + (Number.parseInt(uuid.slice(0, 8), 16) % IDS)
  const asked = hosts.map((host) => ({ host, ...askMember({ host }, access, clock) }))
  return {
    async look() {
      const views = await Promise.all(asked.map(({ look }) => look()))
      return {
        members: views.filter((view) => view !== undefined),
        silent: hosts.filter((_, index) => views[index] === undefined),
      }
    },
    stream: (host, known) =>
      streamOf({ host }, access, { known, serverId, uuid, follow: true, heartbeatMs: HEARTBEAT_MS }, clock),
  }
}
