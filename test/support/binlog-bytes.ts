/** Binary logs made by hand, independently of how src/binlog reads them: from the descriptions of the formats alone. */

export const SOURCE = '77d1902c-01da-11f1-9a41-908d6e5f6e8d'
const CRC_POLYNOMIAL = 0xedb88320

const hex = (value: bigint, bytes: number): string =>
  (
    value
      .toString(16)
      .padStart(bytes * 2, '0')
      .match(/../g) ?? []
  )
    .reverse()
    .join('')
export const little = (value: bigint | number, bytes: number): Buffer => Buffer.from(hex(BigInt(value), bytes), 'hex')

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ CRC_POLYNOMIAL : rest >>> 1
  return rest
})
const crc = (bytes: Buffer): number => {
  let rest = 0xffffffff
  for (const byte of bytes) rest = (rest >>> 8) ^ (TABLE[(rest ^ byte) & 0xff] ?? 0)
  return (rest ^ 0xffffffff) >>> 0
}

/** The bits of the value behind as many ones, and a zero, as bytes follow. */
export const variable = (value: bigint | number): Buffer => {
  const bits = BigInt(value)
  for (let more = 0; more < 8; more++)
    if (bits < 1n << BigInt(7 * (more + 1))) {
      const ones = (1n << BigInt(more)) - 1n
      return little((bits << BigInt(more + 1)) | ones, more + 1)
    }
  return Buffer.concat([Buffer.from([0xff]), little(bits, 8)])
}

export interface EventOptions {
  readonly checksum?: boolean
  readonly flags?: number
}

export const event = (type: number, body: Buffer, { checksum = true, flags = 0 }: EventOptions = {}): Buffer => {
  const size = 19 + body.length + (checksum ? 4 : 0)
  const head = [
    little(1_700_000_000, 4),
    little(type, 1),
    little(7, 4),
    little(size, 4),
    little(9999, 4),
    little(flags, 2),
  ]
  const bytes = Buffer.concat([...head, body])
  return checksum ? Buffer.concat([bytes, little(crc(bytes), 4)]) : bytes
}

export const format = ({ checksum = true, version = '9.7.0', created = 5 } = {}): Buffer => {
  const name = Buffer.alloc(50)
  name.write(version)
  const lengths = Buffer.alloc(42, 3)
  const body = Buffer.concat([
    little(4, 2),
    name,
    little(created, 4),
    little(19, 1),
    lengths,
    little(checksum ? 1 : 0, 1),
  ])
  return checksum ? event(15, body) : Buffer.concat([grown(event(15, body, { checksum: false })), Buffer.alloc(4)])
}
/** A format description has room for a checksum even if there is none. */
const grown = (bytes: Buffer): Buffer => {
  bytes.writeUInt32LE(bytes.length + 4, 9)
  return bytes
}

export interface Times {
  readonly immediate: number
  readonly original?: number
}
const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** `length`: as the client's protocol packs it. */
export const gtid = (number: number, { immediate, original }: Times, options?: EventOptions, uuid = SOURCE): Buffer => {
  const times =
    original === undefined
      ? little(immediate, 7)
      : Buffer.concat([little(BigInt(immediate) + 2n ** 55n, 7), little(original, 7)])
  const parts = [little(1, 1), uuidBytes(uuid), little(number, 8), little(2, 1), little(3, 8), little(4, 8), times]
  return event(33, Buffer.concat([...parts, Buffer.from([0xfc]), little(700, 2), little(90_700, 4)]), options)
}

/** Fields by their numbers; numbers with a sign have it in their lowest bit. */
export const taggedGtid = (
  number: number,
  tag: string,
  { immediate, original }: Times,
  extra: Buffer = Buffer.alloc(0),
  needed = 0,
): Buffer => {
  const field = (id: number, ...parts: Buffer[]): Buffer => Buffer.concat([variable(id), ...parts])
  const fields = Buffer.concat([
    field(0, variable(1)),
    field(1, ...[...uuidBytes(SOURCE)].map(variable)),
    field(2, variable(number * 2)),
    field(3, variable(tag.length), Buffer.from(tag)),
    field(4, variable(6)),
    field(5, variable(8)),
    field(6, variable(immediate)),
    ...(original === undefined ? [] : [field(7, variable(original))]),
    field(8, variable(337)),
    field(9, variable(90_700)),
    extra,
  ])
  const head = (size: number): Buffer => Buffer.concat([variable(1), variable(size), variable(needed)])
  const size = head(fields.length).length + fields.length
  return event(42, Buffer.concat([head(size), fields]))
}

export const query = (statement: string, options?: EventOptions): Buffer => {
  const status = Buffer.from([0, 1, 2])
  const head = [little(11, 4), little(0, 4), little(3, 1), little(0, 2), little(status.length, 2), status]
  return event(2, Buffer.concat([...head, Buffer.from('app\0'), Buffer.from(statement)]), options)
}

export const rows = (size = 40): Buffer => event(30, Buffer.alloc(size, 9))
export const xid = (): Buffer => event(16, little(42, 8))
export const xaPrepare = (): Buffer => event(38, Buffer.alloc(20))
export const payload = (): Buffer => event(40, Buffer.alloc(30, 1))
export const heartbeat = (): Buffer => event(27, Buffer.from('binlog.000001'))
export const heartbeatV2 = (): Buffer => event(41, Buffer.from([1, 1, 65, 2, 1, 4, 0]))
export const anonymous = (): Buffer => event(34, Buffer.alloc(60))
export const stop = (): Buffer => event(3, Buffer.alloc(0))
export const rotate = (file: string): Buffer =>
  event(4, Buffer.concat([little(4, 8), Buffer.from(file)]), { flags: 0x20 })
export const previous = (set: Buffer): Buffer => event(35, set)

/** A set by its parts, sorted by the caller. */
export const setBytes = (
  parts: readonly (readonly [uuid: string, tag: string, intervals: readonly (readonly [number, number])[]])[],
  tagged: boolean,
): Buffer =>
  Buffer.concat([
    tagged ? Buffer.concat([little(1, 1), little(parts.length, 6), little(1, 1)]) : little(parts.length, 8),
    ...parts.flatMap(([uuid, tag, intervals]) => [
      uuidBytes(uuid),
      ...(tagged ? [variable(tag.length), Buffer.from(tag)] : []),
      little(intervals.length, 8),
      ...intervals.flatMap(([from, to]) => [little(from, 8), little(to, 8)]),
    ]),
  ])
