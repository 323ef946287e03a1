import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus, ProcedureRecord } from '../../../crds/mysqlcluster-status.ts'
import { workflowId } from '../../../src/domain/names.ts'
import { underWay } from '../run/operations.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'there is one procedure at a time, and it is on record'

const procedureOf = (object: object | undefined): ProcedureRecord | undefined =>
  (object as { status?: MySQLClusterStatus } | undefined)?.status?.procedure

/** What was asked is told that it is under way only while the record of the cluster says so. */
export const proceduresAreAlone = (world: SimWorld): Invariant => {
  const { kubernetes, user, violate } = world
  kubernetes.onWrite(({ kind, before, after }) => {
    const [was, is] = kind === KIND ? [procedureOf(before), procedureOf(after)] : []
    if (was && is && was.id !== is.id) violate(RULE, `${is.id} takes the place of ${was.id}, which has not ended`)
    const ref = user.ref()
    if (!ref) return
    const { onRecord, operations } = underWay(world)
    for (const { name, phase, workflow } of operations)
      if (phase === 'Running' && workflow?.id.startsWith(`${workflowId(ref)}/`) && workflow.id !== onRecord?.id)
        violate(RULE, `MySQLOperation ${name} is under way, and on record is ${onRecord?.id ?? 'nothing'}`)
  })
  return {}
}
