import type { GroupRow, MemberView } from './snapshot.ts'

/** A VIEW_ID, `<incarnation>:<counter>`: a group made anew by a bootstrap has a new incarnation, each change of members counts up. */
export interface ViewId {
  readonly incarnation: string
  readonly counter: number
}

/** Parses a VIEW_ID as MySQL prints it; undefined for the empty one of a member that is in no group. */
export const parseViewId = (text: string): ViewId | undefined => {
  const match = /^(\d+):(\d+)$/.exec(text)
  return match?.[1] ? { incarnation: match[1], counter: Number(match[2]) } : undefined
}

/** The row in which a member sees itself. */
export const ownRow = (member: MemberView): GroupRow | undefined => member.rows.find((row) => row.pod === member.pod)

export const isOnline = (member: MemberView): boolean => ownRow(member)?.state === 'ONLINE'

/** True when a member says so itself: the word of its group may be of what it was before it began anew. */
export const saysOnline = (members: readonly MemberView[], pod: string): boolean =>
  members.some((member) => member.pod === pod && isOnline(member))

/** In a group or on the way into one. */
export const isInGroup = (member: MemberView): boolean => ['ONLINE', 'RECOVERING'].includes(ownRow(member)?.state ?? '')

/** True when the member sees more than half of its view alive: only then may its word about the group be taken. */
export const seesMajority = (member: MemberView): boolean =>
  member.rows.filter((row) => row.state === 'ONLINE' || row.state === 'RECOVERING').length > member.rows.length / 2

/**
 * The view to believe: of a member that is ONLINE and sees a majority, in the newest view of `incarnation` that anybody shows.
 * A paused or isolated member goes on showing its old view; only the counter tells which one is newer.
 */
export const authoritativeView = (members: readonly MemberView[], incarnation: string): MemberView | undefined => {
  const counter = (member: MemberView): number => parseViewId(member.viewId)?.counter ?? -1
  const online = members.filter(isOnline).filter((member) => parseViewId(member.viewId)?.incarnation === incarnation)
  // Who sees no majority is not believed, and yet tells that the group has gone on.
  const newest = Math.max(...online.map(counter))
  return online.find((member) => counter(member) === newest && seesMajority(member))
}

/** The primary in a view, when there is one and it is ONLINE. */
export const primaryIn = (rows: readonly GroupRow[]): GroupRow | undefined =>
  rows.find((row) => row.role === 'PRIMARY' && row.state === 'ONLINE')
