import type { Clock } from '../clock.ts'
import type { Sighting } from '../domain/routing.ts'
import type { Access, MemberAddress, MemberSession, MySQL } from '../mysql/port.ts'

const RECONNECT_MS = 100
const RECONNECT_MAX_MS = 2_000

export interface MemberPoll {
  readonly address: MemberAddress
  readonly connected: () => boolean
  /** What the member said last, unless that is older than `freshMs`. */
  sighting(freshMs: number): Sighting | undefined
  /** Polls now instead of at the end of the interval. */
  wake(): void
  endClientSessions(): Promise<number>
  stop(): void
}

export interface PollOptions {
  readonly access: () => Promise<Access | undefined>
  /** Milliseconds until the next look; Infinity to hold the connection only. */
  readonly interval: () => number
  /** Called after each look, and when the connection comes or goes. */
  readonly onNews: (kind: 'view' | 'connected' | 'lost') => void
}

/**
 * Holds a connection to one member and looks at its group. Each member has its own loop, so that one that hangs
 * delays no other; what it said before it hung is soon too old to be believed.
 */
export const pollMember = (
  mysql: MySQL,
  clock: Clock,
  address: MemberAddress,
  { access, interval, onNews }: PollOptions,
): MemberPoll => {
  let session: MemberSession | undefined
  let last: { readonly sighting: Sighting; readonly at: number } | undefined
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

  /** Looks until the connection is lost. */
  const look = async (open: MemberSession): Promise<void> => {
    let lost = false
    void open.closed.then(() => {
      lost = true
      rouse()
    })
    while (!lost && !stopped) {
      last = { sighting: { pod: address.pod, ...(await open.look()) }, at: clock.now() }
      onNews('view')
      // Both may have come while it looked, when there was nobody to rouse.
      if (!lost && !stopped) await pause(interval())
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
        wait = Math.min(RECONNECT_MAX_MS, wait * 1.2)
      }
      const had = session !== undefined
      session?.close()
      session = undefined
      last = undefined
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
    wake: () => rouse(),
    endClientSessions: async () => session?.endClientSessions() ?? 0,
    stop() {
      stopped = true
      session?.close()
      rouse()
    },
  }
}
