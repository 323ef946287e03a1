import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setOf } from '../binlog/segment.ts'
import { transactionsIn } from '../binlog/transactions.ts'
import { gapOf, isFirst, isNeeded } from '../domain/archive.ts'
import { OperatorError } from '../domain/errors.ts'
import {
  contains,
  formatGtidSet,
  type GtidSet,
  intersect,
  isEmpty,
  parseGtidSet,
  subtract,
  union,
} from '../domain/gtid.ts'
import type { AgentPorts } from './backup.ts'
import type { Manifest } from './manifest.ts'
import { patiently } from './parts.ts'
import { type Reach, readReach } from './reach.ts'
import { numberOf, readSegment, type StoredSegment } from './segments.ts'

/** Up to where: with the last transaction that was committed by `time` (RFC 3339), or without `gtid` and all after it. */
export interface Point {
  readonly time?: string | undefined
  readonly gtid?: string | undefined
  readonly acrossGaps?: boolean | undefined
}

/** What a server is to replay, and what it then holds. */
export interface Replay {
  readonly segments: number
  /** The first transaction that is not replayed; absent when all are that there are. */
  readonly until?: string
  readonly expected: string
}

/** A segment by its key, without the log: they may be many. */
interface Known extends Omit<StoredSegment, 'log'> {
  readonly key: string
}

const gap = (missing: GtidSet): OperatorError =>
  new OperatorError('ArchiveGap', `the archive lacks ${formatGtidSet(missing).slice(0, 500)}`)

const outside = (detail: string): OperatorError => new OperatorError('PointNotArchived', detail)

/** Of a time in RFC 3339, to the microsecond: a Date knows milliseconds only. */
const microseconds = (time: string): number => {
  const [, fraction = ''] = /\.(\d{1,6})/.exec(time) ?? []
  return Math.floor(Date.parse(time) / 1000) * 1_000_000 + Number(fraction.padEnd(6, '0'))
}

const read = async ({ store, clock, key: secret }: AgentPorts, key: string): Promise<StoredSegment> => {
  const body = await patiently(clock, () => store.get(key))
  if (!body) throw new OperatorError('BackupBroken', `${key} is missing`)
  return readSegment(key, body, secret)
}

/** The segments, in their order, from the first on that may hold something that the base lacks, or is later than the time. */
const segmentsSince = async (
  ports: AgentPorts,
  path: string,
  base: GtidSet,
  time: number,
): Promise<readonly Known[]> => {
  const { store, clock, say } = ports
  const found = await patiently(clock, () => store.list(`${path}/`))
  const keys = found.map(({ key }) => key).filter((key) => numberOf(key.slice(path.length + 1)) !== undefined)
  const known: Known[] = []
  for (const key of keys.toReversed()) {
    try {
      const { log: _, ...segment } = await read(ports, key)
      known.unshift({ ...segment, key })
      say('reading the archive', { segments: known.length })
      if (isFirst(base, segment) && (segment.head.lastCommit ?? 0) <= time) break
    } catch (error) {
      // What it held may be in another one. If it is not, there is a gap.
      if (!(error instanceof OperatorError && error.code === 'BackupBroken')) throw error
      say('a segment is broken', { key, detail: error.detail })
    }
  }
  return known
}

/** Up to where the segments are replayed. */
interface End {
  readonly needed: readonly Known[]
  readonly until?: string
  readonly expected: GtidSet
}

/** Finds the end among the segments. Throws PointNotArchived when it is before the base, or a GTID that no segment has. */
const endOf = async (ports: AgentPorts, segments: readonly Known[], base: GtidSet, point: Point): Promise<End> => {
  const limit = point.time === undefined ? Number.POSITIVE_INFINITY : microseconds(point.time)
  const wanted = point.gtid === undefined ? undefined : parseGtidSet(point.gtid)
  const needed: Known[] = []
  let expected = base
  for (const segment of segments) {
    const { head, gtids } = segment
    const mayEnd = (head.lastCommit ?? 0) > limit || (wanted !== undefined && contains(gtids, wanted))
    if (mayEnd)
      for (const gtid of transactionsIn(await (await read(ports, segment.key)).log())) {
        const set = setOf(gtid)
        const isEnd = wanted ? contains(wanted, set) : (gtid.originalCommit ?? 0) > limit
        if (isEnd && contains(base, set))
          throw outside(`the backup holds ${formatGtidSet(set)} already, which is later than the point`)
        if (isEnd) return { needed: [...needed, segment], until: formatGtidSet(set), expected }
        expected = union(expected, set)
      }
    expected = union(expected, gtids)
    if (isNeeded(base, segment)) needed.push(segment)
  }
  if (wanted) throw outside(`${point.gtid} is in no segment of the archive`)
  return { needed, expected }
}

const judgePoint = (manifest: Manifest, base: GtidSet, { time, gtid }: Point, now: number): void => {
  if (time !== undefined && Date.parse(time) < Date.parse(manifest.startedAt))
    throw outside(`the backup was begun at ${manifest.startedAt}, after ${time}`)
  if (time !== undefined && Date.parse(time) > now) throw outside(`${time} has not come yet`)
  if (gtid !== undefined && !isEmpty(intersect(base, parseGtidSet(gtid))))
    throw outside(`the backup holds ${gtid} already`)
}

/**
 * Where no later transaction proves that the archive goes on beyond a time: throws PointNotArchived where something may have been
 * committed by then that never came to it, ArchiveGap where something that was in it is there no more.
 */
const judgeReach = (reach: Reach | undefined, time: string, expected: GtidSet): void => {
  if (reach === undefined || Date.parse(time) > reach.through) {
    const end = reach && `it reaches to ${new Date(reach.through).toISOString()}`
    throw outside(
      `that the archive holds all until ${time} is not known: ${end ?? 'it does not say how far it reaches'}`,
    )
  }
  const lost = subtract(reach.known, expected)
  if (!isEmpty(lost)) throw gap(lost)
}

/** Throws NoRoom where the logs do not fit beside the data. */
const judgeRoom = async (target: string, needed: readonly Known[]): Promise<void> => {
  const { bavail, bsize } = await statfs(target)
  const [room, bytes] = [bavail * bsize, needed.reduce((sum, { head }) => sum + head.bytes, 0)]
  if (bytes > room) throw new OperatorError('NoRoom', `${bytes} bytes of binary logs, and room for ${room}`)
}

/**
 * Brings what a server has to replay over a base to `target`, as relay logs with their index, and files that tell up to where (`until`)
 * and what it then holds (`expected`). Throws ArchiveGap where the archive lacks something before the point, PointNotArchived where
 * the point is outside of it.
 */
export const prepareReplay = async (
  ports: AgentPorts,
  path: string,
  manifest: Manifest,
  point: Point,
  target: string,
): Promise<Replay> => {
  const base = parseGtidSet(manifest.gtids)
  judgePoint(manifest, base, point, ports.clock.now())
  const limit = point.time === undefined ? Number.POSITIVE_INFINITY : microseconds(point.time)
  // Before the segments: those of a living archive become more.
  const reach = await readReach(ports, path)
  const segments = await segmentsSince(ports, path, base, limit)
  const { needed, until, expected } = await endOf(ports, segments, base, point)
  const missing = gapOf(base, needed)
  if (!isEmpty(missing) && !point.acrossGaps) throw gap(missing)
  if (point.time !== undefined && until === undefined && !point.acrossGaps) judgeReach(reach, point.time, expected)
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true, mode: 0o750 })
  await judgeRoom(target, needed)
  const names: string[] = []
  for (const { key } of needed) {
    const name = `relay.${String(names.length + 1).padStart(6, '0')}`
    await writeFile(join(target, name), await (await read(ports, key)).log(), { mode: 0o640 })
    names.push(name)
    ports.say('bringing the binary logs', { segments: names.length, of: needed.length })
  }
  await writeFile(join(target, 'relay.index'), names.map((name) => `./${name}\n`).join(''))
  await writeFile(join(target, 'until'), until ?? '')
  // Last: without it there is nothing to replay.
  await writeFile(join(target, 'expected'), formatGtidSet(expected))
  return { segments: names.length, ...(until ? { until } : {}), expected: formatGtidSet(expected) }
}
