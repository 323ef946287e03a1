import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { unnotedMoves } from '../../../src/domain/moves.ts'
import { readMoves } from '../../../src/kubernetes/moves.ts'
import { CLUSTER, WRITES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const ONCE = 'what happened is in the timeline once'
const ALL = 'the last changes of the primary are in the timeline'

/** The timeline tells of each change of the primary, and of none twice. */
export const timelineIsTrue = ({ kubernetes, user, violate }: SimWorld): Invariant => {
  let status: MySQLClusterStatus = {}
  let service: Parameters<typeof readMoves>[0]
  kubernetes.onWrite(({ kind, key, after }) => {
    if (kind === 'Service' && key.name === WRITES.name) service = after as typeof service
    if (kind !== KIND || key.name !== CLUSTER) return
    status = (after?.['status' as keyof typeof after] ?? {}) as MySQLClusterStatus
    const entries = (status.timeline ?? []).map(({ at, what, subject }) => `${what} of ${subject} at ${at}`)
    for (const [index, entry] of entries.entries())
      if (entries.indexOf(entry) !== index) violate(ONCE, `there twice: ${entry}`)
  })
  return {
    atEnd() {
      if (!user.wish.there) return
      for (const { from, to } of unnotedMoves(readMoves(service), status)) violate(ALL, `not noted: ${from} to ${to}`)
    },
  }
}
