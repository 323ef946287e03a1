import { parseOperation } from '../../../activities/operations.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { count, subtract } from '../../../src/domain/gtid.ts'
import { MAX_QUEUE } from '../../../src/domain/switchover.ts'
import type { SimMember } from '../mysql/world.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const DONE = 'a switchover that has succeeded made its target the primary'
const BEGUN = 'a switchover is begun only to a member that can take over'

interface Asked {
  readonly target: string
  wasPrimary: boolean
  wasFit: boolean
}

const isFit = ({ incarnation, state, received, executed }: SimMember): boolean =>
  incarnation !== undefined && state === 'ONLINE' && count(subtract(received, executed)) <= MAX_QUEUE

/** What is said of switchovers, judged by what the target was at any time since it was asked for. */
export const switchoversAreTrue = (world: SimWorld): Invariant => {
  const { kubernetes, violate } = world
  const open = new Map<string, Asked>()

  world.watch((members) => {
    for (const asked of open.values()) {
      const member = members.find(({ pod }) => pod === asked.target)
      if (!member) continue
      asked.wasPrimary ||= member.incarnation !== undefined && member.role === 'PRIMARY'
      asked.wasFit ||= isFit(member)
    }
  })
  kubernetes.onWrite(({ kind, after, before }) => {
    const object = after ?? before
    if (kind !== OPERATION_KIND || !object) return
    const { metadata, spec, status } = parseOperation(object as Parameters<typeof parseOperation>[0])
    const target = spec.switchover?.target
    if (target === undefined) return
    const asked = open.get(metadata.uid)
    if (!before) open.set(metadata.uid, { target, wasPrimary: false, wasFit: false })
    if (asked && status?.phase === 'Running' && !asked.wasFit && !asked.wasPrimary)
      violate(BEGUN, `${metadata.name}: ${target} was at no time since it was asked for`)
    if (asked && status?.phase === 'Succeeded' && !asked.wasPrimary)
      violate(DONE, `${metadata.name}: ${target} was it at no time since it was asked for`)
    if (!after || status?.phase === 'Succeeded' || status?.phase === 'Failed') open.delete(metadata.uid)
  })
  return {}
}
