/** A stream of chances that is wholly given by its seed. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** An integer in [from, to]. */
  between(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** A stream of its own: what one part of the world draws does not shift what another one draws. */
  fork(name: string): Random
}

const hash = (text: string): number => {
  let value = 2166136261
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 16777619) >>> 0
  return value
}

/** Mulberry32: small, and good enough to choose faults by. */
export const createRandom = (seed: number | string): Random => {
  let state = hash(String(seed))
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick(list) {
      const [first] = list
      if (first === undefined) throw new Error('nothing to pick from')
      return list[Math.floor(next() * list.length)] ?? first
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}
