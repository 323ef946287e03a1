import type { Random } from '../world/random.ts'

type Range = readonly [from: number, to: number]

/** How long real members take, milliseconds. Measured; the contract test runs against both. */
export const TIMINGS = {
  /** start.sh on an empty volume. */
  initialise: [3_000, 7_000],
  /** start.sh until the others have answered. */
  askOthers: [50, 300],
  /** mysqld until its port opens. */
  boot: [2_000, 3_000],
  refuseToBoot: [400, 1_500],
  /** START until the member is ONLINE in a new group, and what START itself takes beyond that. */
  bootstrap: [150, 400],
  joinTheView: [900, 1_500],
  startTail: [900, 1_250],
  /** A joining member until it is ONLINE. */
  recovery: [40, 700],
  /** START gives up when it finds no group that lets it in; at boot it does so later, and begins later. */
  startGivesUp: [60_000, 62_000],
  bootGivesUp: [68_000, 75_000],
  bootLooks: [500, 2_500],
  startTriesAgain: [1_000, 3_000],
  /** Two STARTs at once block each other. */
  joinsCollide: [10_000, 30_000],
  /** Peers hold stale connections to the process that a restarted member was before. */
  staleConnections: [8_000, 10_500],
  stop: [200, 900],
  /** What STOP itself takes beyond that; the member answers no question about the group meanwhile, as in the tail of START. */
  stopTail: [2_700, 2_900],
  stopWithoutMajority: [8_000, 12_000],
  shutdown: [500, 1_500],
  /** A message of the group until a member acts on it. */
  deliver: [3, 40],
  /** Silence until a member is shown UNREACHABLE, and from then until it is expelled (member_expel_timeout=0). */
  suspect: [4_600, 6_100],
  expel: [700, 1_200],
  /** unreachable_majority_timeout. */
  loseMajority: [20_000, 20_500],
  /** An expelled member that is back until it knows. */
  noticeExpulsion: [2_500, 3_500],
  /** A member in ERROR until its process ends. */
  abort: [20, 3_700],
  abortWithoutMajority: [8_000, 11_000],
  /** The rows of a member show a change before its VIEW_ID does. */
  viewIdLags: [0, 110],
  /** One that has what the group lacks is in the view until it notices, and START fails later. */
  noticeErrant: [700, 1_000],
  errantTail: [3_500, 4_500],
  /** CLONE INSTANCE until the own data are dropped; a mysqld that cannot read its data until it ends. */
  dropData: [20, 200],
  /** Copying a whole member. */
  clone: [600, 2_000],
  /** A new primary until read_only is off, once it has applied its backlog. */
  openForWrites: [15, 110],
  handOver: [10, 40],
  force: [300, 1_500],
  handOverTail: [700, 950],
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
