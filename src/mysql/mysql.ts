import { connectAdmin } from './connection.ts'
import { inspectMember } from './inspection.ts'
import { bootstrapGroup, joinGroup } from './membership.ts'
import type { MySQL } from './port.ts'
import { openSession } from './session.ts'

/** The port to real MySQL servers. */
export const createMySQL = (): MySQL => ({
  async inspect(member, access) {
    const connection = await connectAdmin(member, access)
    try {
      return await inspectMember(connection, member.pod)
    } finally {
      connection.close()
    }
  },
  bootstrap: bootstrapGroup,
  join: joinGroup,
  open: openSession,
})
