import { parseBackup } from '../../../activities/backups.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus, ProcedureRecord } from '../../../crds/mysqlcluster-status.ts'
import { SECOND } from '../run/clock.ts'
import { underWay } from '../run/operations.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'no change of a member that serves is begun while a backup is made'
const REVERSE = 'no backup is begun while the members are changed'
const CHANGES: readonly string[] = ['scaleOut', 'scaleIn', 'renewMember']
/** From the last look to the record: who looked earlier may not have known. */
const LATELY_MS = 20 * SECOND

const procedureOf = (object: object | undefined): ProcedureRecord | undefined =>
  (object as { status?: MySQLClusterStatus } | undefined)?.status?.procedure

/** A backup and a change of the members do not go together: each would take the other's members away. */
export const changesWaitForBackups = (world: SimWorld): Invariant => {
  const { kubernetes, time, violate } = world
  const runningSince = new Map<string, number>()
  const onlineSince = new Map<string, number>()
  const isLong = (since: number | undefined): boolean => since !== undefined && time.now() - since > LATELY_MS

  world.watch((members) => {
    const online = new Set(members.flatMap(({ pod, state }) => (state === 'ONLINE' ? [pod] : [])))
    for (const pod of onlineSince.keys()) if (!online.has(pod)) onlineSince.delete(pod)
    for (const pod of online) if (!onlineSince.has(pod)) onlineSince.set(pod, time.now())
  })

  kubernetes.onWrite(({ kind, key, before, after }) => {
    if (kind === BACKUP_KIND) {
      const isRunning = after !== undefined && parseBackup(after)?.status?.phase === 'Running'
      if (isRunning && !runningSince.has(key.name)) {
        const { onRecord } = underWay(world)
        if (onRecord && CHANGES.includes(onRecord.kind) && isLong(Date.parse(onRecord.since)))
          violate(REVERSE, `${key.name} is, and ${onRecord.kind} of ${onRecord.subject} is under way`)
      }
      if (!isRunning) runningSince.delete(key.name)
      else if (!runningSince.has(key.name)) runningSince.set(key.name, time.now())
    }
    const [was, is] = kind === KIND ? [procedureOf(before), procedureOf(after)] : []
    if (!is || was?.id === is.id || !CHANGES.includes(is.kind)) return
    const serves = is.kind === 'scaleOut' || isLong(onlineSince.get(is.subject))
    const backup = [...runningSince].find(([, since]) => isLong(since))?.[0]
    if (serves && backup) violate(RULE, `${is.kind} of ${is.subject} is begun while ${backup} is made`)
  })
  return {}
}
