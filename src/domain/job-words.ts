import type { ErrorCode } from './errors.ts'
import { DOWNGRADE, NO_SPACE } from './trouble.ts'

/** mysqld looks for room before it begins to copy. */
const CLONE_NEEDS_ROOM = /Clone estimated database size/

/** What the log of a Job's mysqld tells of why it ended: something that a person can mend, or a failure like any other. */
export const codeIn = (log: string): ErrorCode => {
  if (CLONE_NEEDS_ROOM.test(log) || NO_SPACE.test(log)) return 'NoRoom'
  return DOWNGRADE.test(log) ? 'VersionNotSupported' : 'AgentFailed'
}
