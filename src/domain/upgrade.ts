import type { ErrorCode } from './errors.ts'
import { isOnline, ownRow } from './group.ts'
import { canCopy } from './rebuild.ts'
import type { MemberView, Snapshot } from './snapshot.ts'
import { compareVersions, formatVersion, parseVersion, type Version } from './version.ts'

/** Why the data of one version are not given to another one. */
export interface PathRefusal {
  readonly reason: Extract<ErrorCode, 'DowngradeRefused' | 'VersionSkipped' | 'VersionDefective'>
  readonly why: string
}

/**
 * The series with long-term support, oldest first, and the first of each from which an older patch reads the data of a newer one.
 * Sources: MySQL manual, "Upgrade Paths" and "Downgrading MySQL" of 8.0, 8.4 and 9.7.
 */
const LONG_TERM: readonly Version[] = [
  { major: 8, minor: 0, patch: 35 },
  { major: 8, minor: 4, patch: 0 },
  { major: 9, minor: 7, patch: 0 },
]

const CRASH = 'does not start again with more than about 8000 tables (MySQL bug 115517)'

/** Versions that no member is to run, and why. Sources: bugs.mysql.com 107613 and 115517; Percona PS-8292 and PS-9306. */
const DEFECTIVE: readonly (readonly [string, string])[] = [
  ['8.0.29', 'may corrupt tables with columns that were added or dropped at once, when it recovers (MySQL bug 107613)'],
  ['8.0.38', CRASH],
  ['8.4.1', CRASH],
  ['9.0.0', CRASH],
]

const compareSeries = (a: Version, b: Version): number => a.major - b.major || a.minor - b.minor

const isLongTerm = (version: Version): boolean =>
  LONG_TERM.some((first) => compareSeries(first, version) === 0 && first.patch <= version.patch)

const isWithinLongTerm = (from: Version, to: Version): boolean =>
  compareSeries(from, to) === 0 && isLongTerm(from) && isLongTerm(to)

/** Why a server of version `to` must not be given what one of version `from` has; undefined when it may. */
export const judgePath = (from: Version, to: Version): PathRefusal | undefined => {
  const order = compareVersions(to, from)
  if (order === 0) return undefined
  const [was, is] = [formatVersion(from), formatVersion(to)]
  const defect = DEFECTIVE.find(([version]) => version === is)?.[1]
  if (defect) return { reason: 'VersionDefective', why: `MySQL ${is} ${defect}` }
  if (order < 0)
    return isWithinLongTerm(from, to)
      ? undefined
      : { reason: 'DowngradeRefused', why: `MySQL ${is} cannot read what ${was} has written` }
  const next = LONG_TERM.find((series) => compareSeries(series, from) > 0)
  if (!next || compareSeries(to, next) <= 0) return undefined
  const step = `${next.major}.${next.minor}`
  return { reason: 'VersionSkipped', why: `from ${was} to ${is} the way leads through MySQL ${step}` }
}

const isPrimary = (member: MemberView): boolean => isOnline(member) && ownRow(member)?.role === 'PRIMARY'

/**
 * Why members must not be made of MySQL `text`. It is judged from the member that takes the writes, which is renewed last; one that was
 * renewed before it, and whose data are too new then, is made a copy of an older member, where the two are of one series.
 */
export const judgeUpgrade = (snapshot: Snapshot, text: string): PathRefusal | undefined => {
  const to = parseVersion(text)
  if (!to) return undefined
  const known = snapshot.members.flatMap((member) => {
    const version = parseVersion(member.version)
    return version ? [{ version, leads: isPrimary(member) }] : []
  })
  const oldest = known.toSorted((a, b) => Number(b.leads) - Number(a.leads) || compareVersions(a.version, b.version))[0]
  const from = oldest?.version ?? parseVersion(snapshot.status?.version ?? '')
  if (!from) return undefined
  const refused = judgePath(from, to)
  if (refused || canCopy(from, to)) return refused
  return known.map(({ version }) => judgePath(version, to)).find((found) => found !== undefined)
}
