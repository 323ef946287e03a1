import { OperatorError } from '../domain/errors.ts'

/** What is read of a binary log is not what a server writes. */
export const broken = (detail: string): OperatorError => new OperatorError('BinlogBroken', detail)

/** Reads the little-endian values of one event, in order. Throws BinlogBroken rather than read past its end. */
export interface ByteReader {
  readonly left: number
  take(length: number): Buffer
  /** An unsigned integer of 1 to 8 bytes. */
  unsigned(length: number): bigint
  /** The same as a number. Throws when it is larger than a number can be exactly. */
  number(length: number): number
  /** An unsigned integer of variable length, as `mysql::serialization` writes it: the ones at the end of the first byte count the bytes after it. */
  variable(): bigint
}

/** A number that is exact. Throws BinlogBroken for one that would not be. */
export const exact = (value: bigint): number => {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`${value} is larger than any number that is expected`)
  return Number(value)
}

const littleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** Reads `bytes` from their beginning. `what` names them in an error. */
export const readBytes = (bytes: Buffer, what: string): ByteReader => {
  let at = 0
  const take = (length: number): Buffer => {
    if (length > bytes.length - at) throw broken(`${what} ends within a value`)
    at += length
    return bytes.subarray(at - length, at)
  }
  const unsigned = (length: number): bigint => littleEndian(take(length))
  return {
    get left() {
      return bytes.length - at
    },
    take,
    unsigned,
    number: (length) => exact(unsigned(length)),
    variable() {
      const first = take(1).readUInt8()
      const ones = trailingOnes(first)
      const rest = littleEndian(take(ones))
      return ones >= 7 ? rest : (rest << BigInt(7 - ones)) | BigInt(first >> (ones + 1))
    },
  }
}

const trailingOnes = (byte: number): number => {
  let ones = 0
  while ((byte >> ones) & 1) ones++
  return ones
}

/** An unsigned integer of `length` bytes, little-endian. */
export const unsignedBytes = (value: bigint | number, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  let rest = BigInt(value)
  for (let at = 0; at < length; at++, rest >>= 8n) bytes[at] = Number(rest & 0xffn)
  return bytes
}
