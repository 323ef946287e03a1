const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  )
}

const hex = (word: number): string => word.toString(16).padStart(8, '0')
const PRIME_LOW = 0x1b3
const WORD = 0x1_0000_0000

/**
 * A short name (10 hex digits, FNV-1a) for a plain JSON value, whatever the order of its keys.
 * It tells versions of one object apart; it is no protection against someone who looks for a collision.
 */
export const digest = (value: unknown): string => {
  // In two words of 32 bits, as this is asked with each look and BigInt is slow. The prime is 2^40 + 0x1b3.
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of new TextEncoder().encode(JSON.stringify(canonical(value)))) {
    const mixed = (low ^ byte) >>> 0
    const product = mixed * PRIME_LOW
    high = (high * PRIME_LOW + Math.floor(product / WORD) + ((mixed << 8) >>> 0)) % WORD
    low = product % WORD
  }
  return (hex(high) + hex(low)).slice(0, 10)
}
