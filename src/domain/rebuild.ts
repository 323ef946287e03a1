import { GROUP } from '../../crds/group.ts'
import type { ClusterState } from './cluster-state.ts'
import { digest } from './digest.ts'
import { beyondGroup, errantIn } from './errant.ts'
import { isOnline, ownRow } from './group.ts'
import { formatGtidSet, type GtidSet, intersect, isEmpty, parseGtidSet, subtract, union } from './gtid.ts'
import type { MemberView, PodView, Snapshot } from './snapshot.ts'
import { compareVersions, parseVersion, type Version } from './version.ts'

/** On a pod: what the next start of its mysqld is asked to do with the data before it serves. */
export const REBUILD_ANNOTATION = `${GROUP}/rebuild`

/** What is next on the way to a member whose data are a copy of another one's. */
export type RebuildVerdict =
  /** It is ONLINE: it leaves the group first. */
  | { readonly kind: 'Leave' }
  /** Its data cannot be read: they are renamed, and it begins anew. */
  | { readonly kind: 'MoveAside' }
  /** It alone holds transactions: its logs are linked beside the data, as `id`, before those go. */
  | { readonly kind: 'Archive'; readonly id: string; readonly errant: string }
  | { readonly kind: 'Copy'; readonly donor: string }
  /** The copy is made, or none is needed: it joins the group as all members do, if it is not in it. */
  | { readonly kind: 'Join' }
  /** It is not proven that nothing is lost: a person must decide. */
  | { readonly kind: 'Approval'; readonly why: string }
  | { readonly kind: 'Refused'; readonly why: string }

type Serving = ClusterState & { readonly kind: 'Serving' }

/** What is known besides the evidence. `copied`: this procedure has made its copy. */
export interface RebuildGiven {
  readonly approved?: boolean
  readonly copied?: boolean
  /** Nobody asked for it: a member that has nothing to hide stays in its group. */
  readonly unasked?: boolean
}

/** mysqld tried so often, each time later, that it is no passing trouble. */
const RESTARTS = 3
/** What mysqld says of data that it cannot read. */
export const UNREADABLE = new RegExp(
  [
    'corrupt|checksum mismatch',
    // The first pages of a file, which mysqld reads before all others.
    'in fsp header|header page consists of zero bytes|tablespace flags are invalid|cannot read first page',
    'could not find any file associated with the tablespace',
    'Data Dictionary initialization failed|Failed to initialize DD',
  ].join('|'),
  'i',
)

/** Source: MySQL manual, "Cloning Remote Data": within a series since 8.0.37, before that only the very same version. */
const SAME_SERIES = { major: 8, minor: 0, patch: 37 }

/** Names what a member holds, so that an archive of it can be told from one of something else. */
export const archiveId = (holds: string): string => `archive-${digest(holds)}`

/** True when the data of a member of the one version can be copied to one of the other. */
export const canCopy = (one: Version, other: Version): boolean => {
  if (one.major !== other.major || one.minor !== other.minor) return false
  const both = [one, other].every((version) => compareVersions(version, SAME_SERIES) >= 0)
  return both || compareVersions(one, other) === 0
}

const isOfOneKind = (one: string, other: string): boolean => {
  const [a, b] = [parseVersion(one), parseVersion(other)]
  return a !== undefined && b !== undefined && canCopy(a, b)
}

/** Members that are ONLINE in the view and answer, other than `pod`. */
const othersOf = (snapshot: Snapshot, { view }: Serving, pod: string): readonly MemberView[] =>
  snapshot.members.filter(
    (member) =>
      member.pod !== pod &&
      isOnline(member) &&
      view.rows.some((row) => row.pod === member.pod && row.state === 'ONLINE'),
  )

/** Why a copy cannot be taken from a member; undefined when it can. A silent recipient is compared by nothing but its image. */
const unfit = (
  snapshot: Snapshot,
  { view, primary }: Serving,
  donor: MemberView,
  recipient: MemberView | undefined,
): string | undefined => {
  if (snapshot.pods.some(({ name, deleting }) => name === donor.pod && deleting)) return `${donor.pod} is being deleted`
  if (donor.copy === undefined) return `${donor.pod} has no clone plugin`
  if (donor.copy.state === 'UnderWay') return `${donor.pod} is being copied to`
  if (!isEmpty(errantIn(snapshot, view, primary, donor.pod))) return `${donor.pod} holds what the group does not have`
  if (!recipient) return undefined
  if (!isOfOneKind(donor.version, recipient.version))
    return `${donor.pod} runs MySQL ${donor.version}, which cannot be copied to ${recipient.version}`
  if (donor.platform !== recipient.platform)
    return `${donor.pod} runs on ${donor.platform}, which cannot be copied to ${recipient.platform}`
  return undefined
}

/** Replicas first, as a copy costs its donor; then the one with the least to apply. */
export const byCost =
  (primary: string | undefined) =>
  (a: MemberView, b: MemberView): number =>
    Number(a.pod === primary) - Number(b.pod === primary) ||
    (a.queue ?? 0) - (b.queue ?? 0) ||
    a.pod.localeCompare(b.pod, 'en', { numeric: true })

/** True when the transactions were made on the member itself, and not by its group: no client of the cluster was told of them. */
const areItsOwn = (errant: GtidSet, { serverUuid }: MemberView): boolean =>
  [...errant.keys()].every((key) => key.split(':')[0] === serverUuid.toLowerCase())

const judgeErrant = (
  member: MemberView,
  pod: PodView,
  errant: GtidSet,
  stands: boolean,
  { approved }: RebuildGiven,
): RebuildVerdict | undefined => {
  const id = archiveId(member.holds)
  const named = formatGtidSet(errant)
  const purged = intersect(errant, parseGtidSet(member.purged))
  const doubts = [
    ...(areItsOwn(errant, member) ? [] : ['clients may have been told that they are committed']),
    ...(isEmpty(purged) ? [] : ['its logs have them no more, so that they cannot be archived']),
    ...(pod.hears ? [] : ['its pod was made by an older operator and cannot archive them; delete the pod first']),
    ...(stands ? [] : ['the other members that are ONLINE are no majority without it']),
  ]
  if (doubts.length > 0 && !approved)
    return { kind: 'Approval', why: `${pod.name} alone holds ${named}: ${doubts.join('; ')}` }
  return member.archived === id || !pod.hears ? undefined : { kind: 'Archive', id, errant: named }
}

const judgeSilent = (pod: PodView, stands: boolean, { approved }: RebuildGiven): RebuildVerdict => {
  const { name, trouble } = pod
  if (trouble?.kind !== 'Ended') return { kind: 'Refused', why: `${name} does not answer: what it holds is not known` }
  if (!pod.hears)
    return { kind: 'Refused', why: `the pod of ${name} was made by an older operator; delete the pod first` }
  const isProven =
    (UNREADABLE.test(trouble.said) || trouble.isOlder === true) && (trouble.restarts ?? 0) >= RESTARTS && stands
  if (isProven || approved) return { kind: 'MoveAside' }
  return {
    kind: 'Approval',
    why: `mysqld of ${name} ends again and again (${trouble.said}): what it holds is not known`,
  }
}

/**
 * Judges the replacement of a member's data, and names the next act. Gate (d): other members that are ONLINE hold all that
 * this one holds, and need it for nothing; what it alone holds is archived first, and by itself only when it made that itself.
 */
export const judgeRebuild = (
  snapshot: Snapshot,
  state: ClusterState,
  name: string,
  given: RebuildGiven = {},
): RebuildVerdict => {
  const refused = (why: string): RebuildVerdict => ({ kind: 'Refused', why })
  const pod = snapshot.pods.find((candidate) => candidate.name === name)
  if (!pod || pod.ordinal >= snapshot.size)
    return refused(`${name} is no member; the members are ${snapshot.pods.map((one) => one.name).join(', ')}`)
  if (snapshot.paused) return refused('the cluster is paused (spec.paused)')
  if (state.kind !== 'Serving' || state.primary === undefined)
    return refused('there is no group that serves, and so nothing to copy from')
  if (state.primary === name) return refused(`${name} is the primary; hand the role over first, by a switchover`)
  if (pod.deleting) return refused(`${name} is being deleted`)

  const others = othersOf(snapshot, state, name)
  const row = state.view.rows.find((candidate) => candidate.pod === name)
  const stands = others.length > snapshot.size / 2
  const member = snapshot.members.find((candidate) => candidate.pod === name)
  if (row?.state === 'RECOVERING') return refused(`${name} is joining the group`)
  if (row?.state === 'ONLINE' && (!member || others.length <= state.view.rows.length / 2))
    return refused(member ? `the group needs ${name} for its majority` : `${name} does not answer`)

  const reasons = others.map((donor) => unfit(snapshot, state, donor, member))
  const donor = others.filter((_, index) => reasons[index] === undefined).toSorted(byCost(state.primary))[0]
  if (!donor) return refused(reasons.filter(Boolean).join('; ') || 'no other member is ONLINE and answers')
  if (!member) return judgeSilent(pod, stands, given)
  if (member.copy === undefined) return refused(`${name} has no clone plugin`)
  if (member.copy.state === 'UnderWay') return { kind: 'Copy', donor: donor.pod }
  if (given.copied && member.copy.state !== 'Incomplete') return { kind: 'Join' }

  const isIn = ownRow(member)?.state === 'ONLINE' && row?.state === 'ONLINE'
  const alone = subtract(parseGtidSet(member.holds), union(...others.map(({ holds }) => parseGtidSet(holds))))
  // What the group is just passing on to its members is nobody's alone.
  const errant = isIn ? beyondGroup(alone, snapshot) : alone
  const first = isEmpty(errant) ? undefined : judgeErrant(member, pod, errant, stands, given)
  if (!isIn) return first ?? { kind: 'Copy', donor: donor.pod }
  if (given.unasked && isEmpty(errantIn(snapshot, state.view, state.primary, name))) return { kind: 'Join' }
  return first?.kind === 'Approval' ? first : { kind: 'Leave' }
}
