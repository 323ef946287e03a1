/** What is known of the archive of a binary log. Times are epoch milliseconds. */
export interface ArchiveView {
  /** When its pod was heard last. */
  readonly seenAt?: number
  /** What was committed by then is in the archive; absent until it has caught up once. */
  readonly through?: number
  readonly trouble?: { readonly code: string; readonly message: string }
  /** Transactions that are neither in the archive nor in the newest good backup. */
  readonly gap?: string
}

export interface ArchiveHealth {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: 'Archiving' | 'ArchiveBegins' | 'ArchiveGap' | 'ArchiveFailing' | 'ArchiveSilent' | 'ArchiveBehind'
  readonly message: string
}

/** So far the archive may be behind for a moment; what it is meant for is half of that. */
export const BEHIND_MS = 60_000
const SILENT_MS = 90_000
const GAP_LENGTH = 200

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`
const brief = (text: string): string => (text.length > GAP_LENGTH ? `${text.slice(0, GAP_LENGTH)}…` : text)

/** Whether a cluster can be restored to any point up to a moment ago. The worst is named first. */
export const judgeArchive = ({ seenAt, through, trouble, gap }: ArchiveView, now: number): ArchiveHealth => {
  const bad = (reason: ArchiveHealth['reason'], message: string): ArchiveHealth => ({
    status: 'False',
    reason,
    message,
  })
  if (gap)
    return bad(
      'ArchiveGap',
      `No member had ${brief(gap)} any more when the archive came to it: a backup is made, from which on every point can be restored again.`,
    )
  if (trouble) return bad('ArchiveFailing', `${trouble.code}: ${trouble.message}`)
  if (seenAt === undefined)
    return { status: 'Unknown', reason: 'ArchiveBegins', message: 'The pod that archives has not told of itself yet.' }
  if (now - seenAt > SILENT_MS)
    return bad('ArchiveSilent', `The pod that archives has not answered for ${seconds(now - seenAt)}.`)
  if (through === undefined)
    return {
      status: 'Unknown',
      reason: 'ArchiveBegins',
      message: 'The archive has not caught up with its cluster yet.',
    }
  if (seenAt - through > BEHIND_MS)
    return bad('ArchiveBehind', `What was committed in the last ${seconds(seenAt - through)} is not archived.`)
  return { status: 'True', reason: 'Archiving', message: 'What was committed a moment ago is archived.' }
}
