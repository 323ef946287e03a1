import type { SegmentWriter } from '../../src/agent/segments.ts'
import { createEventParser } from '../../src/binlog/event.ts'
import type { Segment } from '../../src/binlog/segment.ts'
import { createSegmenter } from '../../src/binlog/segmenter.ts'
import { type GtidSet, union } from '../../src/domain/gtid.ts'
import type { ObjectStore } from '../../src/objectstore/port.ts'
import * as made from './binlog-bytes.ts'

export const PATH = 'default/shop/binlog-5f0f3a64'
export const NONE: GtidSet = new Map()

/** A store in memory; `objects` is what it holds. */
export const memoryStore = (): ObjectStore & { readonly objects: Map<string, Uint8Array> } => {
  const objects = new Map<string, Uint8Array>()
  return {
    objects,
    put: async (key, body) => void objects.set(key, Buffer.from(body)),
    get: async (key) => objects.get(key),
    list: async (prefix) =>
      [...objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, body]) => ({ key, bytes: body.length }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    remove: async (key) => void objects.delete(key),
  }
}

/** A transaction as a server sends it, committed in this second of the epoch. */
export const transaction = (number: number, second = number): readonly Buffer[] => [
  made.gtid(number, { immediate: second * 1_000_000 + 5, original: second * 1_000_000 }),
  made.query('BEGIN'),
  made.rows(),
  made.xid(),
]

/** A segment with these transactions. */
export const segmentOf = (numbers: readonly number[], before: GtidSet): Segment => {
  const parse = createEventParser('crc32')
  const segmenter = createSegmenter(before, { maxBytes: 1e9, maxAgeMs: 1e9 })
  for (const bytes of [made.format(), ...numbers.flatMap((number) => transaction(number))])
    segmenter.take(parse(bytes), 0)
  const segment = segmenter.close()
  if (!segment) throw new Error('no transaction')
  return segment
}

/** Stores segments one after the other, each with these transactions, as an archive that knew `before` at first. */
export const storeSegments = async (
  store: ObjectStore,
  writer: SegmentWriter,
  segments: readonly (readonly number[])[],
  before: GtidSet = NONE,
  skipped: GtidSet = NONE,
): Promise<readonly string[]> => {
  let known = before
  const keys: string[] = []
  for (const [index, numbers] of segments.entries()) {
    const segment = segmentOf(numbers, known)
    const place = { number: index + 1, before: known, skipped, source: 'shop-1' }
    const { key, body } = await writer.write(segment, place)
    await store.put(`${PATH}/${key}`, body)
    keys.push(`${PATH}/${key}`)
    known = union(known, segment.gtids)
  }
  return keys
}
