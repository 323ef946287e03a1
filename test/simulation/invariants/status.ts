import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord, MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { POD_NAME_LABEL } from '../../../src/domain/names.ts'
import type { Kind, Kinds } from '../../../src/kubernetes/kinds.ts'
import { NAMES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'the status is sane'

const hasFormed = ({ group }: MySQLClusterStatus): boolean =>
  group !== undefined && (group.incarnation !== undefined || group.bootstraps > 1)

const isMaking = ({ conditions }: MySQLClusterStatus): boolean =>
  conditions?.some(({ reason }) => reason === 'MembersStarting') ?? false

const selects = (service: Kinds[Kind] | undefined): boolean =>
  (service as Kinds['Service'] | undefined)?.spec?.selector?.[POD_NAME_LABEL] !== undefined

const isUndone = (before: GroupRecord | undefined, after: GroupRecord | undefined): boolean =>
  before?.incarnation !== undefined && after?.incarnation === undefined && after?.bootstraps === before.bootstraps

/** What every write of a status must keep. */
const problems = (before: MySQLClusterStatus, after: MySQLClusterStatus, generation: number): string[] => {
  const types = (after.conditions ?? []).map(({ type }) => type)
  const healthy = after.conditions?.find(({ type }) => type === 'Healthy')?.status
  return [
    ...((after.observedGeneration ?? 0) > generation ? ['a generation was observed that is not there yet'] : []),
    ...(new Set(types).size === types.length ? [] : ['a condition is there twice']),
    ...((after.availableReplicas ?? 0) > (after.replicas ?? 0) ? ['more members are available than there are'] : []),
    ...((after.group?.bootstraps ?? 0) < (before.group?.bootstraps ?? 0) ? ['bootstraps were counted down'] : []),
    ...(isUndone(before.group, after.group) ? ['a group is off the record, and no bootstrap was decided on'] : []),
    ...(before.group && !after.group ? ['the record of the group is gone'] : []),
    ...(hasFormed(before) && isMaking(after) && !isMaking(before)
      ? ['a cluster that has formed is said to be made for the first time']
      : []),
    ...(healthy !== undefined && (healthy === 'True') !== (after.phase === 'Healthy')
      ? [`phase ${after.phase} with condition Healthy ${healthy}`]
      : []),
  ]
}

export const statusIsSane = ({ kubernetes, violate }: SimWorld): Invariant => {
  let everRouted = false
  kubernetes.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Service' && key.name === NAMES.primary) everRouted ||= selects(after)
    if (kind !== KIND) return
    // The next cluster of the name begins anew.
    if (!after) everRouted = false
    if (!after) return
    const was = (before?.['status' as keyof typeof before] ?? {}) as MySQLClusterStatus
    const is = (after['status' as keyof typeof after] ?? {}) as MySQLClusterStatus
    if (is.phase === 'Healthy' && !everRouted) violate(RULE, 'Healthy, and the write Service never led anywhere')
    for (const problem of problems(was, is, after.metadata.generation ?? 0)) violate(RULE, problem)
  })
  return {}
}
