import { KIND } from '../../../crds/mysqlcluster.ts'
import type { GroupRecord } from '../../../crds/mysqlcluster-status.ts'
import { parseViewId } from '../../../src/domain/group.ts'
import { VIEW_ANNOTATION } from '../../../src/domain/names.ts'
import type { Kind, Kinds } from '../../../src/kubernetes/kinds.ts'
import { WRITES } from '../run/user.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const RULE = 'writes are led by views of the group on record, and never back by an older one'

const viewOf = (service: Kinds[Kind] | undefined) => parseViewId(service?.metadata.annotations?.[VIEW_ANNOTATION] ?? '')

/** What the write Service says of the view that it was moved by. */
export const writesFollowTheRecord = ({ kubernetes, violate }: SimWorld): Invariant => {
  const recorded = new Set<string>()

  kubernetes.onWrite(({ by, kind, key, before, after }) => {
    const { group } = (kind === KIND ? (after?.['status' as keyof typeof after] ?? {}) : {}) as { group?: GroupRecord }
    if (group?.incarnation !== undefined) recorded.add(group.incarnation)
    if (kind !== 'Service' || key.name !== WRITES.name || key.namespace !== WRITES.namespace) return
    const [was, is] = [viewOf(before), viewOf(after)]
    if (!is || !by.startsWith('operator-')) return
    if (!recorded.has(is.incarnation)) violate(RULE, `${by} moves it by a view of ${is.incarnation}, never on record`)
    if (was?.incarnation === is.incarnation && is.counter < was.counter)
      violate(RULE, `${by} moves it from view ${was.counter} to ${is.counter}`)
  })
  return {}
}
