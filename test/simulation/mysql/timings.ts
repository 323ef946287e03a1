import type { Random } from '../world/random.ts'

type Range = readonly [from: number, to: number]

/** How long real members take, milliseconds. Measured; the contract test runs against both. */
export const TIMINGS = {
  /** start.sh on an empty volume. */
  initialise: [3_000, 7_000],
  /** mysqld until its port opens. */
  boot: [2_000, 3_000],
  refuseToBoot: [400, 1_500],
  /** START until the member is ONLINE in a new group, and what START itself takes beyond that. */
  bootstrap: [200, 500],
  joinTheView: [400, 900],
  startTail: [600, 1_000],
  /** A joining member until it is ONLINE. */
  recovery: [300, 900],
  /** START gives up when it finds no group that lets it in. */
  startGivesUp: [120_000, 180_000],
  startTriesAgain: [1_000, 3_000],
  /** Two STARTs at once block each other. */
  joinsCollide: [10_000, 30_000],
  /** Peers hold stale connections to the process that a restarted member was before. */
  staleConnections: [2_000, 5_000],
  stop: [100, 500],
  stopWithoutMajority: [8_000, 12_000],
  shutdown: [500, 1_500],
  /** A message of the group until a member acts on it. */
  deliver: [3, 40],
  /** Silence until a member is shown UNREACHABLE, and from then until it is expelled (member_expel_timeout=0). */
  suspect: [5_000, 5_500],
  expel: [200, 1_200],
  /** unreachable_majority_timeout. */
  loseMajority: [20_000, 20_500],
  /** An expelled member that is back until it knows. */
  noticeExpulsion: [200, 3_000],
  abort: [50, 500],
  elect: [10, 60],
  /** A new primary until read_only is off, once it has applied its backlog. */
  openForWrites: [100, 600],
  handOver: [10, 25],
  handOverWithWriters: [400, 700],
  /** A commit until the majority has it, and the client's answer. */
  commit: [1, 5],
  apply: [2, 30],
  clientLatency: [1, 3],
} as const satisfies Readonly<Record<string, Range>>

/** Draws one of the times above. */
export const draw = (random: Random, name: keyof typeof TIMINGS): number => {
  const [from, to] = TIMINGS[name]
  return Math.round(from + random.next() * (to - from))
}
