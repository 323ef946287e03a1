import { contains, count, type GtidSet, isEmpty, subtract, union } from './gtid.ts'
import type { ClusterRef } from './names.ts'

/** A member as the archive of binary logs sees it. */
export interface LogMember {
  readonly host: string
  /** MEMBER_STATE and MEMBER_ROLE in its group. */
  readonly state: string
  readonly role: string
  readonly executed: GtidSet
  readonly purged: GtidSet
}

/** From whom the archive goes on. Gap: nobody has `missing` any more, and it goes on without that. */
export type SourceVerdict =
  | { readonly kind: 'Source'; readonly host: string }
  | { readonly kind: 'Gap'; readonly host: string; readonly missing: GtidSet }
  | { readonly kind: 'None'; readonly why: string }

const byRole = (a: LogMember, b: LogMember): number =>
  Number(a.role === 'PRIMARY') - Number(b.role === 'PRIMARY') || (a.host < b.host ? -1 : 1)

/**
 * The member whose log is read: ONLINE, with all that is not `known`; a replica if there is one, and of those the one that has
 * executed most. Where nobody has it all, and nobody is `silent` who might, the one that lacks least.
 */
export const chooseSource = (
  members: readonly LogMember[],
  known: GtidSet,
  silent: readonly string[],
): SourceVerdict => {
  const online = members.filter(({ state }) => state === 'ONLINE').toSorted(byRole)
  if (online.length === 0) return { kind: 'None', why: 'no member is ONLINE and answers' }
  const able = online.filter(({ purged }) => contains(known, purged))
  const replicas = able.filter(({ role }) => role !== 'PRIMARY')
  const [best] = (replicas.length > 0 ? replicas : able).toSorted((a, b) => count(b.executed) - count(a.executed))
  if (best) return { kind: 'Source', host: best.host }
  if (silent.length > 0)
    return {
      kind: 'None',
      why: `no member that answers has the logs that come next; waiting for ${silent.join(', ')}`,
    }
  const [least] = online
    .map(({ host, purged }) => ({ host, missing: subtract(purged, known) }))
    .toSorted((a, b) => count(a.missing) - count(b.missing))
  return least ? { kind: 'Gap', ...least } : { kind: 'None', why: 'no member is ONLINE and answers' }
}

/** Whether the member that is read is still the one to read: ONLINE, and not the primary while a replica has what comes next. */
export const isFitSource = (members: readonly LogMember[], host: string, known: GtidSet): boolean => {
  const current = members.find((member) => member.host === host)
  if (current?.state !== 'ONLINE') return false
  if (current.role !== 'PRIMARY') return true
  const best = chooseSource(members, known, [])
  return best.kind !== 'Source' || best.host === host
}

/** What the group had executed at a time, as its primary said, or whoever else is asked. */
export const executedOf = (members: readonly LogMember[], source: string): GtidSet | undefined => {
  const online = members.filter(({ state }) => state === 'ONLINE')
  return (online.find(({ role }) => role === 'PRIMARY') ?? online.find(({ host }) => host === source))?.executed
}

/** A segment of the archive: what is in it, and what came before it, whether it is in the archive or was skipped. */
export interface SegmentView {
  readonly before: GtidSet
  readonly gtids: GtidSet
}

/** What neither the base nor the segments hold of what had been executed before their end. */
export const gapOf = (base: GtidSet, segments: readonly SegmentView[]): GtidSet =>
  subtract(union(...segments.map(({ before }) => before)), union(base, ...segments.map(({ gtids }) => gtids)))

/** Whether a segment brings anything that a base lacks. */
export const isNeeded = (base: GtidSet, { gtids }: SegmentView): boolean => !contains(base, gtids)

/** Whether all that came before a segment is in the base: no earlier one is needed. */
export const isFirst = (base: GtidSet, { before }: SegmentView): boolean => isEmpty(subtract(before, base))

/** Where in its store the archive of a cluster is, beside its backups. */
export const archivePath = ({ namespace, name, uid }: ClusterRef): string =>
  `${namespace}/${name}/binlog-${uid.slice(0, 8)}`
