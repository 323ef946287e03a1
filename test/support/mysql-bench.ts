import { type Clock, sleep } from '../../src/clock.ts'
import { parseViewId } from '../../src/domain/group.ts'
import { contains, parseGtidSet } from '../../src/domain/gtid.ts'
import type { MemberView } from '../../src/domain/snapshot.ts'
import type { Access, MemberAddress, MySQL } from '../../src/mysql/port.ts'

/** Three members on empty volumes, and the verbs that a case needs. Members are counted from 0. */
export interface Bench {
  readonly mysql: MySQL
  readonly clock: Clock
  readonly access: Access
  readonly seeds: readonly string[]
  /** Name of the group. */
  readonly group: string
  /** Starts the members. */
  start(): Promise<void>
  address(member: number): MemberAddress
  /** SIGKILL; the process is started again at once. */
  kill(member: number): Promise<void>
  /** Ends the container in order, preStop hook and all, and starts it again. */
  restart(member: number): Promise<void>
  pause(member: number): Promise<void>
  resume(member: number): Promise<void>
  /** Cuts a member off from the others, not from us. The function that it resolves with mends that. */
  isolate(member: number): Promise<() => Promise<void>>
  leave(member: number): Promise<void>
  handOver(to: number): Promise<void>
  /** Purges the binary logs of a member. */
  purge(member: number): Promise<void>
  /** Gives a member that is in no group a transaction of its own. */
  errant(member: number): Promise<void>
  /** Makes the table that `write` writes to. */
  prepare(primary: number): Promise<void>
  /** One row, one transaction, as a client of this member. */
  write(member: number): Promise<'Acknowledged' | 'Refused' | 'Lost'>
  /** Runs a case to its end. */
  run(tell: () => Promise<void>): Promise<void>
}

const POLL_MS = 100
export const ALL = [0, 1, 2] as const

/** What the members of a bench say, and waiting until they say it. Members are told by their numbers. */
export const watching = (bench: Bench) => {
  const { mysql } = bench
  const name = (member: number): string => bench.address(member).pod
  const number = (pod: string | undefined): number => ALL.findIndex((member) => name(member) === pod)

  const inspect = (member: number): Promise<MemberView> => mysql.inspect(bench.address(member), bench.access)
  const answer = (member: number): Promise<MemberView | undefined> => inspect(member).catch(() => undefined)
  const answers = async (): Promise<readonly MemberView[]> =>
    (await Promise.all(ALL.map(answer))).filter((view) => view !== undefined)

  const eventually = async <T>(what: string, seconds: number, look: () => Promise<T | undefined>): Promise<T> => {
    const until = bench.clock.now() + seconds * 1000
    for (;;) {
      const found = await look()
      if (found !== undefined) return found
      if (bench.clock.now() > until)
        throw new Error(`not seen in ${seconds} s: ${what}\n${JSON.stringify(await answers(), null, 2)}`)
      await sleep(bench.clock, POLL_MS)
    }
  }
  /** What `member` says once it is as `is` says. */
  const says = (
    member: number,
    what: string,
    seconds: number,
    is: (view: MemberView) => boolean,
  ): Promise<MemberView> =>
    eventually(`${name(member)} ${what}`, seconds, async () => {
      const view = await answer(member)
      return view && is(view) ? view : undefined
    })

  const counter = (view: MemberView): number => parseViewId(view.viewId)?.counter ?? 0
  const incarnation = (view: MemberView): string | undefined => parseViewId(view.viewId)?.incarnation
  const rows = (view: MemberView): readonly string[] =>
    view.rows.map(({ pod, state, role }) => `${number(pod)} ${state} ${role}`).toSorted()
  const onlineIn = (view: MemberView): number => view.rows.filter(({ state }) => state === 'ONLINE').length
  const primaryOf = (view: MemberView): number => number(view.rows.find(({ role }) => role === 'PRIMARY')?.pod)
  const holds = (view: MemberView, other: MemberView): boolean =>
    contains(parseGtidSet(view.holds), parseGtidSet(other.holds))

  /** All three, in one view, the primary of it taking writes. */
  const whole = (seconds = 60): Promise<readonly MemberView[]> =>
    eventually('all three are ONLINE in one view', seconds, async () => {
      const views = await answers()
      const [first] = views
      const agree = views.every((view) => onlineIn(view) === 3 && view.viewId === first?.viewId)
      const writable = views.filter((view) => !view.readOnly && primaryOf(view) === number(view.pod))
      return views.length === 3 && agree && writable.length === 1 ? views : undefined
    })
  const join = (member: number, donor: number): Promise<void> =>
    mysql.join(bench.address(member), bench.address(donor), bench.access, bench.seeds, bench.group, () => undefined)
  return { name, number, inspect, answer, eventually, says, counter, incarnation, rows, primaryOf, holds, whole, join }
}
