/**
 * GTID sets as MySQL prints them: `uuid[:tag]:1-5:7,uuid:3`. Tags exist since MySQL 8.3.
 * Source: MySQL manual, "GTID Format and Storage".
 */

/** Half-open intervals [from, to), ascending and neither touching nor overlapping. */
type Intervals = readonly (readonly [from: number, to: number])[]

/** Keyed by `uuid` or `uuid:tag`, lower case. No key has an empty list. */
export type GtidSet = ReadonlyMap<string, Intervals>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TAG = /^[a-z_][a-z0-9_]{0,31}$/
const INTERVAL = /^(\d+)(?:-(\d+))?$/

const normalize = (intervals: Intervals): Intervals => {
  const sorted = [...intervals].sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

const parseInterval = (text: string, whole: string): readonly [number, number] => {
  const match = INTERVAL.exec(text)
  const from = Number(match?.[1])
  const to = Number(match?.[2] ?? match?.[1])
  if (!match || from < 1 || to < from) throw new SyntaxError(`not a GTID set: ${whole}`)
  return [from, to + 1]
}

/** Parses what MySQL prints (white space and empty parts allowed). Throws SyntaxError on anything else. */
export const parseGtidSet = (text: string): GtidSet => {
  const found = new Map<string, (readonly [number, number])[]>()
  for (const part of text.replace(/\s+/g, '').toLowerCase().split(',')) {
    if (part === '') continue
    const [uuid = '', ...pieces] = part.split(':')
    if (!UUID.test(uuid) || pieces.length === 0) throw new SyntaxError(`not a GTID set: ${text}`)
    let key = uuid
    for (const piece of pieces) {
      if (TAG.test(piece)) key = `${uuid}:${piece}`
      else found.set(key, [...(found.get(key) ?? []), parseInterval(piece, text)])
    }
  }
  return new Map([...found].map(([key, intervals]) => [key, normalize(intervals)]))
}

/** Prints a set in MySQL's own order, so that equal sets print alike. */
export const formatGtidSet = (set: GtidSet): string =>
  [...set]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, intervals]) =>
      [key, ...intervals.map(([from, to]) => (to === from + 1 ? `${from}` : `${from}-${to - 1}`))].join(':'),
    )
    .join(',')

const subtractIntervals = (left: Intervals, right: Intervals): Intervals => {
  let rest: Intervals = left
  for (const [from, to] of right)
    rest = rest.flatMap(([a, b]): Intervals => {
      if (to <= a || from >= b) return [[a, b]]
      return [...(a < from ? [[a, from] as const] : []), ...(to < b ? [[to, b] as const] : [])]
    })
  return rest
}

/** All GTIDs that are in any of the sets. */
export const union = (...sets: readonly GtidSet[]): GtidSet => {
  const all = new Map<string, Intervals>()
  for (const set of sets)
    for (const [key, intervals] of set) all.set(key, normalize([...(all.get(key) ?? []), ...intervals]))
  return all
}

/** The GTIDs of `left` that are not in `right`. */
export const subtract = (left: GtidSet, right: GtidSet): GtidSet => {
  const rest = new Map<string, Intervals>()
  for (const [key, intervals] of left) {
    const remaining = subtractIntervals(intervals, right.get(key) ?? [])
    if (remaining.length > 0) rest.set(key, remaining)
  }
  return rest
}

/** The GTIDs that are in both sets. */
export const intersect = (left: GtidSet, right: GtidSet): GtidSet => subtract(left, subtract(left, right))

export const isEmpty = (set: GtidSet): boolean => set.size === 0

/** True when every GTID of `part` is in `whole`. */
export const contains = (whole: GtidSet, part: GtidSet): boolean => isEmpty(subtract(part, whole))

export const equals = (left: GtidSet, right: GtidSet): boolean => contains(left, right) && contains(right, left)

/** How many transactions a set names. */
export const count = (set: GtidSet): number => [...set.values()].flat().reduce((sum, [from, to]) => sum + to - from, 0)
