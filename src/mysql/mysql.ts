import { type Clock, systemClock } from '../clock.ts'
import { type Connect, connectAdmin } from './connection.ts'
import { copyInto, leaveGroup, shutDown } from './copy.ts'
import { forceMembers } from './force.ts'
import { handOverTo } from './hand-over.ts'
import { inspectMember } from './inspection.ts'
import { bootstrapGroup, joinGroup } from './membership.ts'
import type { MySQL } from './port.ts'
import { openSession } from './session.ts'

/** The port to MySQL servers: real ones, unless `connect` leads to others. */
export const createMySQL = (connect: Connect = connectAdmin, clock: Clock = systemClock): MySQL => ({
  async inspect(member, access) {
    const connection = await connect(member, access)
    try {
      return await inspectMember(connection, member.pod)
    } finally {
      connection.close()
    }
  },
  bootstrap: (...args) => bootstrapGroup(connect, ...args),
  join: (...args) => joinGroup(connect, clock, ...args),
  force: (...args) => forceMembers(connect, ...args),
  handOver: (...args) => handOverTo(connect, ...args),
  leave: (...args) => leaveGroup(connect, ...args),
  shutDown: (...args) => shutDown(connect, ...args),
  copy: (...args) => copyInto(connect, clock, ...args),
  open: (...args) => openSession(connect, clock, ...args),
})
