import { parseOperation } from '../../../activities/operations.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { count, type GtidSet, isEmpty, subtract, union } from '../../../src/domain/gtid.ts'
import { MAX_QUEUE } from '../../../src/domain/switchover.ts'
import type { SimMember } from '../mysql/world.ts'
import type { SimWorld } from '../run/world.ts'
import type { Invariant } from './invariants.ts'

const DONE = 'a switchover that has succeeded made its target the primary'
const ALONE = 'the primary role is not handed to a member that alone holds what it made outside its group'
const BEGUN = 'a switchover is begun only to a member that can take over'

/** From the last look to the act. */
const LATELY_MS = 10_000

interface Asked {
  readonly target: string
  wasPrimary: boolean
  wasFit: boolean
}

/** What a member has made outside its group, and no other one has. */
const aloneOf = ({ podUid, serverUuid, holds }: SimMember, members: readonly SimMember[]): GtidSet => {
  const made = new Map([...holds].filter(([source]) => source.split(':')[0] === serverUuid))
  if (isEmpty(made)) return made
  return subtract(made, union(...members.flatMap((other) => (other.podUid === podUid ? [] : [other.holds]))))
}

const isFit = (member: SimMember, members: readonly SimMember[]): boolean =>
  member.incarnation !== undefined &&
  member.state === 'ONLINE' &&
  count(subtract(member.received, member.executed)) <= MAX_QUEUE &&
  isEmpty(aloneOf(member, members))

/** What is said of switchovers, judged by what the target was at any time since it was asked for. */
export const switchoversAreTrue = (world: SimWorld): Invariant => {
  const { kubernetes, time, violate } = world
  const open = new Map<string, Asked>()

  /** By the uids of their pods: who was the primary of each group last, and since when each alone holds something. */
  const primaries = new Map<string, string>()
  const aloneSince = new Map<string, number>()
  const judgeHandOver = (members: readonly SimMember[]): void => {
    for (const member of members) {
      const { pod, podUid, role, incarnation } = member
      if (isEmpty(aloneOf(member, members))) aloneSince.delete(podUid)
      else if (!aloneSince.has(podUid)) aloneSince.set(podUid, time.now())
      if (role !== 'PRIMARY' || incarnation === undefined || primaries.get(incarnation) === podUid) continue
      const before = members.find((other) => other.podUid === primaries.get(incarnation))
      primaries.set(incarnation, podUid)
      // One that was lost is counted no more.
      const isHanded = before?.incarnation === incarnation && before.state === 'ONLINE'
      if (isHanded && time.now() - (aloneSince.get(podUid) ?? Number.POSITIVE_INFINITY) > LATELY_MS)
        violate(ALONE, `${pod} takes over from ${before.pod}`)
    }
  }

  world.watch((members) => {
    judgeHandOver(members)
    for (const asked of open.values()) {
      const member = members.find(({ pod }) => pod === asked.target)
      if (!member) continue
      asked.wasPrimary ||= member.incarnation !== undefined && member.role === 'PRIMARY'
      asked.wasFit ||= isFit(member, members)
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
