import type { BackupPhase } from '../../crds/mysqlbackup.ts'
import { ERRORS, type ErrorCode } from './errors.ts'

/** What of a backup is to be removed from its store. Leftovers: what no manifest names; of a backup without one, everything. */
export type Removal = 'All' | 'Leftovers' | 'Nothing'

export interface Removable {
  readonly deleting: boolean
  readonly policy: 'Retain' | 'Delete'
  readonly phase?: BackupPhase
  /** Its Job was made: there may be something. */
  readonly begun: boolean
}

/** What is removed of a backup that was deleted, or has failed. What is complete goes only as its policy says. */
export const removalOf = ({ deleting, policy, phase, begun }: Removable): Removal => {
  if (!begun) return 'Nothing'
  if (deleting && policy === 'Delete') return 'All'
  if (phase === 'Completed') return 'Nothing'
  return deleting || phase === 'Failed' ? 'Leftovers' : 'Nothing'
}

/** How long the MySQLBackup is held when its objects cannot be removed: what a person has to mend is not waited for as long. */
const PATIENCE_MS = 60 * 60_000
const REFUSED_MS = 10 * 60_000

/** Whether a removal that failed is tried again; else the objects are left, and the MySQLBackup goes. */
export const triesRemovalAgain = (code: ErrorCode, sinceMs: number): boolean =>
  sinceMs < (ERRORS[code].retryable ? PATIENCE_MS : REFUSED_MS)
