import { createHash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import * as z from 'zod'
import type { Segment } from '../binlog/segment.ts'
import { OperatorError } from '../domain/errors.ts'
import { formatGtidSet, type GtidSet, isEmpty, parseGtidSet } from '../domain/gtid.ts'
import { createSealer, openSealer, type Sealer } from './sealing.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const LEVEL = 3
const DIGEST_CHARACTERS = 64
const NEWLINE = 0x0a
/** A key is a number, by which segments are in the order in which they were written, and who wrote it. */
const KEY = /^(\d{10})-([0-9a-f]{8})\.binlog$/

/** What a segment says of itself, in the order of the stream. Times are microseconds since 1970. */
export const SegmentHeadSchema = z.object({
  v: z.literal(1),
  number: z.int().min(1),
  writer: z.string().length(8),
  /** All that had been executed before it: in earlier segments, or skipped. */
  before: z.string(),
  gtids: z.string().min(1),
  /** Of `before`, what is in no segment, because nobody had it any more or the archive began after it. */
  skipped: z.string().optional(),
  source: z.string(),
  firstCommit: z.int().optional(),
  lastCommit: z.int().optional(),
  transactions: z.int().min(1),
  /** Of the log, and its digest, before it is compressed and encrypted. */
  bytes: z.int().min(1),
  sha256: z.string().length(64),
  encryption: z
    .object({
      cipher: z.literal('aes-256-gcm'),
      salt: z.string().max(64),
      keyId: z.string().max(64),
      mac: z.string().length(64),
    })
    .optional(),
})
export type SegmentHead = z.output<typeof SegmentHeadSchema>

const sha256 = (...pieces: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

const saidBy = ({ encryption: _, ...rest }: SegmentHead): string => JSON.stringify(SegmentHeadSchema.parse(rest))

/** The number in a key, relative to the path of the archive; undefined when it is not that of a segment. */
export const numberOf = (key: string): number | undefined => {
  const number = KEY.exec(key)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** What a segment is written with, by one process that archives. */
export interface SegmentWriter {
  /** The object that a segment is stored as, and its key. `number`: greater than those of all that the stream brought before. */
  write(
    segment: Segment,
    place: {
      readonly number: number
      readonly before: GtidSet
      readonly skipped: GtidSet
      readonly source: string
    },
  ): Promise<{ readonly key: string; readonly body: Buffer }>
}

/** A writer with a name of its own: two at once harm nothing, as their keys differ. `key`: that the store encrypts with. */
export const createSegmentWriter = (key?: Uint8Array, name = randomBytes(4).toString('hex')): SegmentWriter => {
  const sealer: Sealer | undefined = key && createSealer(key)
  return {
    async write(segment, { number, before, skipped, source }) {
      const log = Buffer.concat([...segment.pieces])
      const packed = await compress(log, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } })
      const { firstCommit, lastCommit, transactions } = segment
      const plain: SegmentHead = SegmentHeadSchema.parse({
        v: 1,
        ...{ number, writer: name, source, transactions },
        before: formatGtidSet(before),
        gtids: formatGtidSet(segment.gtids),
        ...(isEmpty(skipped) ? {} : { skipped: formatGtidSet(skipped) }),
        ...(firstCommit === undefined ? {} : { firstCommit }),
        ...(lastCommit === undefined ? {} : { lastCommit }),
        ...{ bytes: log.length, sha256: sha256(log) },
      })
      const head = sealer ? { ...plain, encryption: sealer.describe(saidBy(plain)) } : plain
      const rest = [
        Buffer.from(`${JSON.stringify(head)}\n`),
        sealer ? Buffer.from(sealer.seal(number, packed)) : packed,
      ]
      return {
        key: `${String(number).padStart(10, '0')}-${name}.binlog`,
        body: Buffer.concat([Buffer.from(`${sha256(...rest)}\n`), ...rest]),
      }
    },
  }
}

/** A segment that was read and proven: all of its object is what was written. */
export interface StoredSegment {
  readonly head: SegmentHead
  readonly before: GtidSet
  readonly gtids: GtidSet
  readonly skipped: GtidSet
  /** Its log, a file that can be read by itself. */
  log(): Promise<Buffer>
}

const broken = (name: string, why: string, cause?: unknown): OperatorError =>
  new OperatorError('BackupBroken', `${name} ${why}`, { cause })

const headOf = (name: string, bytes: Buffer): SegmentHead => {
  try {
    return SegmentHeadSchema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw broken(name, 'is no segment of an archive', cause)
  }
}

/**
 * Reads the object of a segment. Throws BackupBroken when a byte of it is not what was written, or it is not sealed where the store
 * seals all; WrongKey when it was sealed with another key.
 */
export const readSegment = (name: string, body: Uint8Array, key?: Uint8Array): StoredSegment => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const rest = bytes.subarray(DIGEST_CHARACTERS + 1)
  if (bytes.toString('latin1', 0, DIGEST_CHARACTERS) !== sha256(rest))
    throw broken(name, 'was changed: its SHA-256 is another one')
  const end = rest.indexOf(NEWLINE)
  const head = headOf(name, rest.subarray(0, Math.max(0, end)))
  const { encryption } = head
  if (encryption && !key) throw new OperatorError('WrongKey', `${name} is encrypted, and its store names no key`)
  if (!encryption && key) throw broken(name, 'is not encrypted, as all that its store has should be')
  const sealer = encryption && key ? openSealer(key, encryption, saidBy(head)) : undefined
  const payload = rest.subarray(end + 1)
  return {
    head,
    before: parseGtidSet(head.before),
    gtids: parseGtidSet(head.gtids),
    skipped: parseGtidSet(head.skipped ?? ''),
    async log() {
      const log = await decompress(sealer ? sealer.open(head.number, Buffer.from(payload)) : payload)
      if (log.length !== head.bytes || sha256(log) !== head.sha256)
        throw broken(name, 'does not hold the log that it says')
      return log
    },
  }
}
