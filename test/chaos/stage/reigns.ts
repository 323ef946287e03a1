import type { Acknowledged } from './client.ts'

/** A time during which one member, and no other, acknowledged writes. */
export interface Reign {
  readonly host: string
  readonly from: number
  readonly until: number
}

/**
 * Who acknowledged writes, one after the other. A write that was sent before the first acknowledgement by a successor does not
 * bring its member back: it may have been committed before.
 */
export const reignsIn = (acknowledged: readonly Acknowledged[]): readonly Reign[] => {
  const reigns: Reign[] = []
  for (const { host, sent, at } of acknowledged.toSorted((a, b) => a.at - b.at)) {
    const last = reigns.at(-1)
    if (last?.host === host) reigns[reigns.length - 1] = { ...last, until: at }
    else if (!last || sent > last.from || !reigns.some((reign) => reign.host === host))
      reigns.push({ host, from: at, until: at })
  }
  return reigns
}

/** The longest time without an acknowledged write since `from`, seconds; of a client, or of several together. */
export const longestGap = (acknowledged: readonly Acknowledged[], from: number): number => {
  const times = acknowledged.map(({ at }) => at).toSorted((a, b) => a - b)
  const before = times.filter((at) => at < from).at(-1) ?? from
  const after = [before, ...times.filter((at) => at >= from)]
  return Math.max(0, ...after.slice(1).map((at, index) => at - (after[index] ?? at))) / 1000
}
