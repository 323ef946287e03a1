import type { BinlogEvent } from '../binlog/event.ts'
import type { Segment } from '../binlog/segment.ts'
import { createSegmenter } from '../binlog/segmenter.ts'
import { sleep } from '../clock.ts'
import { chooseSource, executedOf, isFitSource, type LogMember } from '../domain/archive.ts'
import { OperatorError } from '../domain/errors.ts'
import { formatGtidSet, type GtidSet, union } from '../domain/gtid.ts'
import { type ArchiveProgress, createArchiveProgress } from './archive-progress.ts'
import type { AgentPorts } from './backup.ts'
import { patiently } from './parts.ts'
import { createSegmentWriter, numberOf, readSegment } from './segments.ts'

/** The members of a cluster, as the archive reads them. */
export interface LogMembers {
  /** Those that answer, and the names of those that do not. */
  look(): Promise<{ readonly members: readonly LogMember[]; readonly silent: readonly string[] }>
  /** What a member has logged beyond `known`, and logs from then on, with a heartbeat at least every few seconds. */
  stream(host: string, known: GtidSet): AsyncIterable<BinlogEvent>
}

/** What an archive does, to be shown. It holds no secret. */
export interface ArchiveState {
  /** Why it does not get on; absent while it does. */
  trouble?: { readonly code: string; readonly message: string }
  source?: string
  /** All that the group had executed then is in the archive: epoch milliseconds. */
  through?: number
  /** What is archived, or was skipped; and what was skipped of it. */
  known: GtidSet
  skipped: GtidSet
  segments: number
  bytes: number
  /** Segments that were removed, because every backup holds what is in them. */
  pruned?: number
}

export interface ArchiverPorts extends AgentPorts {
  readonly members: LogMembers
}

export interface ArchiveLimits {
  readonly maxBytes: number
  readonly maxAgeMs: number
}

/** Half of what may be lost at most: the rest is for the heartbeat by which age is noticed, and for the store. */
export const LIMITS: ArchiveLimits = { maxBytes: 8 * 2 ** 20, maxAgeMs: 8_000 }
const PAUSE_MS = 2_000
const LOOK_MS = 5_000
/** How long members are waited for that are away, and may have what the others have purged. */
const SILENCE_MS = 60_000

interface Place {
  number: number
  known: GtidSet
  skipped: GtidSet
}

/** Where the archive ended. A last segment that is not what was written is made again, from what was before it. */
const resume = async ({ store, clock, key }: AgentPorts, path: string): Promise<Place> => {
  const found = await patiently(clock, () => store.list(`${path}/`))
  const keys = found.map(({ key: name }) => name).filter((name) => numberOf(name.slice(path.length + 1)) !== undefined)
  const number = Math.max(0, ...keys.map((name) => numberOf(name.slice(path.length + 1)) ?? 0))
  for (const name of keys.toReversed()) {
    const body = await patiently(clock, () => store.get(name))
    try {
      if (!body) continue
      const { before, gtids, skipped } = readSegment(name, body, key)
      return { number, known: union(before, gtids), skipped }
    } catch (error) {
      if (!(error instanceof OperatorError && error.code === 'BackupBroken')) throw error
    }
  }
  return { number, known: new Map(), skipped: new Map() }
}

/**
 * Archives the binary log of a cluster below `path`, until `stop`: whole segments, in the order of the stream, each stored before the
 * next. It reads from one member and, when that goes or leaves the group, from another, beginning with what the archive lacks. What
 * goes wrong is told in `state`, and tried again.
 */
export const archive = async (
  ports: ArchiverPorts,
  path: string,
  state: ArchiveState,
  stop: AbortSignal,
  limits = LIMITS,
): Promise<void> => {
  const { store, clock, key, members, say } = ports
  const writer = createSegmentWriter(key)
  const progress: ArchiveProgress = createArchiveProgress()
  const waiting = (error: unknown): void => {
    const known = error instanceof OperatorError ? error : new OperatorError('AgentFailed', String(error))
    if (state.trouble?.message !== known.detail) say('waiting', { code: known.code, detail: known.detail })
    state.trouble = { code: known.code, message: known.detail }
  }
  const begin = async (): Promise<Place | undefined> => {
    while (!stop.aborted)
      try {
        return await resume(ports, path)
      } catch (error) {
        waiting(error)
        await sleep(clock, PAUSE_MS, stop)
      }
    return undefined
  }
  const place = await begin()
  if (!place) return
  const note = (): void => {
    const { through } = progress
    Object.assign(state, { known: place.known, skipped: place.skipped, ...(through === undefined ? {} : { through }) })
  }

  const keep = async (segment: Segment, source: string): Promise<void> => {
    const number = place.number + 1
    const { known: before, skipped } = place
    const { key: name, body } = await writer.write(segment, { number, before, skipped, source })
    await patiently(clock, () => store.put(`${path}/${name}`, body))
    Object.assign(place, { number, known: union(before, segment.gtids) })
    state.segments += 1
    state.bytes += body.length
    progress.holds(place.known)
    note()
    say('archived', { name, transactions: segment.transactions, bytes: body.length })
  }

  /** Reads from one member until it is no longer the one to read from. */
  const follow = async (host: string): Promise<void> => {
    const segmenter = createSegmenter(place.known, limits)
    let isFit = true
    const leaving = new AbortController()
    const watch = async (): Promise<void> => {
      while (!leaving.signal.aborted && !stop.aborted) {
        const at = clock.now()
        const { members: seen } = await members.look()
        isFit = isFitSource(seen, host, place.known)
        const executed = executedOf(seen, host)
        if (executed) progress.saw(executed, at)
        note()
        await sleep(clock, LOOK_MS, leaving.signal)
      }
    }
    const watching = watch()
    watching.catch(() => undefined)
    let isLost = false
    /** Of two segments the later one is never there without the earlier. */
    const keepNext = async (segment: Segment | undefined): Promise<void> => {
      if (!segment || isLost) return
      isLost = true
      await keep(segment, host)
      isLost = false
    }
    try {
      for await (const event of members.stream(host, place.known)) {
        delete state.trouble
        await keepNext(segmenter.take(event, clock.now()))
        await keepNext(segmenter.due(clock.now()))
        if (!isFit || stop.aborted) break
      }
    } finally {
      leaving.abort()
      await keepNext(segmenter.close())
    }
  }

  let waitedSince = clock.now()
  progress.holds(place.known)
  while (!stop.aborted) {
    try {
      const { members: seen, silent } = await members.look()
      const isPatient = clock.now() - waitedSince < SILENCE_MS
      const source = chooseSource(seen, place.known, isPatient ? silent : [])
      if (source.kind === 'None') throw new OperatorError('MemberUnreachable', source.why)
      if (source.kind === 'Gap') {
        place.skipped = union(place.skipped, source.missing)
        place.known = union(place.known, source.missing)
        progress.holds(place.known)
        say('skipped', { missing: formatGtidSet(source.missing) })
      }
      state.source = source.host
      note()
      await follow(source.host)
      waitedSince = clock.now()
    } catch (error) {
      waiting(error)
    }
    if (!stop.aborted) await sleep(clock, PAUSE_MS, stop)
  }
}
