import { workflowId } from '../../../src/domain/names.ts'
import { underWay } from '../run/operations.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'there is one procedure at a time, and it is on record'

/** What was asked is told that it is under way only while the record of the cluster says so. */
export const proceduresAreAlone = (world: SimWorld): Invariant => {
  const { kubernetes, user, violate } = world
  kubernetes.onWrite(() => {
    const ref = user.ref()
    if (!ref) return
    const { onRecord, operations } = underWay(world)
    for (const { name, phase, workflow } of operations)
      if (phase === 'Running' && workflow?.id.startsWith(`${workflowId(ref)}/`) && workflow.id !== onRecord?.id)
        violate(RULE, `MySQLOperation ${name} is under way, and on record is ${onRecord?.id ?? 'nothing'}`)
  })
  return {}
}
