import type { Clock } from '../clock.ts'
import type { Foreign } from '../domain/errant.ts'
import type { Sighting } from '../domain/routing.ts'
import type { Access, MemberAddress, MemberSession, MySQL } from '../mysql/port.ts'

const RECONNECT_MS = 100
const RECONNECT_MAX_MS = 2_000
/**
 * What is asked at rest is asked at these times, of all members of all clusters at once: to wake up costs more than to ask.
 * Milliseconds.
 */
const TICK_MS = 2_000
/** How often a member is asked for transactions that are none of its group's, and whether its disk is full: each fourth tick. */
const COMPARE_MS = 3.5 * TICK_MS

/** The first tick at this time or after it. */
const onTick = (time: number): number => Math.ceil(time / TICK_MS) * TICK_MS

/** The tick after a look that was made at one. */
export const nextTick = (looked: number): number => onTick(looked + TICK_MS / 2)

export interface MemberPoll {
  readonly address: MemberAddress
  readonly connected: () => boolean
  /** What the member said last, unless that is older than `freshMs`. */
  sighting(freshMs: number): Sighting | undefined
  /** Transactions that it has executed and that are not of its group, as it said last, in this connection or one before. */
  foreign(): Foreign | undefined
  /** Asks for them once more at this time, epoch milliseconds, unless it is asked before. */
  compareAt(time: number): void
  /** Its disk is full, as it said last. */
  lacksSpace(): boolean
  /** Looks now instead of when it is due. */
  wake(): void
  endClientSessions(): Promise<number>
  stop(): void
}

export interface PollOptions {
  /** The names of its group: what carries one of them is no foreign transaction. */
  readonly group: () => readonly string[]
  readonly access: () => Promise<Access | undefined>
  /** When to look again after a look at this time; Infinity to hold the connection only. */
  readonly due: (looked: number) => number
  /** True while it is expected to answer at any moment: it is then tried again without growing pauses. */
  readonly isExpected: () => boolean
  /** Called after each look, and when the connection comes or goes. `compared`: it holds the same as it said before. */
  readonly onNews: (kind: 'view' | 'connected' | 'lost' | 'foreign' | 'compared' | 'space') => void
}

/**
 * Holds a connection to one member and looks at its group. Each member has its own loop, so that one that hangs
 * delays no other; what it said before it hung is soon too old to be believed.
 */
export const pollMember = (
  mysql: MySQL,
  clock: Clock,
  address: MemberAddress,
  { group, access, due, isExpected, onNews }: PollOptions,
): MemberPoll => {
  let session: MemberSession | undefined
  let last: { readonly sighting: Sighting; readonly at: number } | undefined
  let foreign: Foreign | undefined
  let askAt = Number.NEGATIVE_INFINITY
  let lacksSpace = false
  let awake = true
  let stopped = false
  let rouse = (): void => undefined

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = Number.isFinite(ms) ? clock.after(ms, resolve) : undefined
      rouse = () => {
        cancel?.()
        resolve()
      }
    })

  const compare = async (open: MemberSession): Promise<void> => {
    const at = clock.now()
    askAt = onTick(at + COMPARE_MS)
    // One that cannot say now is asked again; that the connection was lost is told otherwise.
    const found = await open.compare(group()).catch(() => undefined)
    if (found === undefined) return
    if (found.lacksSpace !== lacksSpace) {
      lacksSpace = found.lacksSpace
      onNews('space')
    }
    const isNews = found.foreign !== (foreign?.gtids ?? '')
    foreign = { gtids: found.foreign, at }
    onNews(isNews ? 'foreign' : 'compared')
  }

  /** Looks until the connection is lost. */
  const look = async (open: MemberSession): Promise<void> => {
    let lost = false
    void open.closed.then(() => {
      lost = true
      rouse()
    })
    let looked = Number.NEGATIVE_INFINITY
    askAt = Number.NEGATIVE_INFINITY
    while (!lost && !stopped) {
      if (awake || clock.now() >= due(looked)) {
        awake = false
        last = { sighting: { pod: address.pod, ...(await open.look()) }, at: clock.now() }
        looked = clock.now()
        onNews('view')
      }
      if (clock.now() >= askAt) await compare(open)
      // Whoever woke it meanwhile is not kept waiting, and the next look may be due at another time by now.
      if (!awake && !lost && !stopped) await pause(Math.max(0, Math.min(due(looked), askAt) - clock.now()))
    }
  }

  const run = async (): Promise<void> => {
    let wait = RECONNECT_MS
    while (!stopped) {
      try {
        const secrets = await access()
        if (!secrets) throw new Error('no Secrets yet')
        session = await mysql.open(address, secrets)
        wait = RECONNECT_MS
        onNews('connected')
        await look(session)
      } catch {
        // Silence is an ordinary state of a member that starts or has died: whoever asks sees that there is no sighting.
        wait = isExpected() ? RECONNECT_MS : Math.min(RECONNECT_MAX_MS, wait * 1.2)
      }
      const had = session !== undefined
      session?.close()
      session = undefined
      last = undefined
      awake = true
      if (stopped) return
      if (had) onNews('lost')
      await pause(wait)
    }
  }
  void run()

  return {
    address,
    connected: () => session !== undefined,
    sighting: (freshMs) => (last && clock.now() - last.at <= freshMs ? last.sighting : undefined),
    foreign: () => foreign,
    compareAt(time) {
      if (time >= askAt) return
      askAt = time
      rouse()
    },
    lacksSpace: () => lacksSpace,
    wake() {
      awake = true
      rouse()
    },
    endClientSessions: async () => session?.endClientSessions() ?? 0,
    stop() {
      stopped = true
      session?.close()
      rouse()
    },
  }
}
