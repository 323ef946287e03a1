import * as z from 'zod'
import { ARCHIVE_PORT } from '../domain/agent-paths.ts'
import type { ArchiveReport } from '../domain/archive-report.ts'

const ANSWER_MS = 2_000

const ReportSchema = z.object({
  v: z.literal(1),
  trouble: z.object({ code: z.string().max(64), message: z.string() }).optional(),
  source: z.string().max(300).optional(),
  through: z.iso.datetime().optional(),
  archived: z.string().optional(),
  skipped: z.string().optional(),
  segments: z.int(),
  bytes: z.int(),
})

/** What the pod that archives, at this address, tells of itself; undefined when it does not answer, or says what nobody understands. */
export const askArchive = async (ip: string): Promise<ArchiveReport | undefined> => {
  const host = ip.includes(':') ? `[${ip}]` : ip
  try {
    const answer = await fetch(`http://${host}:${ARCHIVE_PORT}/state`, { signal: AbortSignal.timeout(ANSWER_MS) })
    const { trouble, source, through, archived, skipped, ...rest } = ReportSchema.parse(await answer.json())
    return {
      ...rest,
      ...(trouble ? { trouble } : {}),
      ...(source ? { source } : {}),
      ...(through ? { through } : {}),
      ...(archived ? { archived } : {}),
      ...(skipped ? { skipped } : {}),
    }
  } catch {
    return undefined
  }
}
