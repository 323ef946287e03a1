import { expect, test } from '@jest/globals'
import { readMoves } from '../../../src/kubernetes/moves.ts'
import { now } from '../../bench/failover/writers.ts'
import { kubernetes } from '../../e2e/stage/cluster.ts'
import { membersOf } from '../../e2e/stage/members.ts'
import { declare, eventually, healthy, type Key, read } from '../../e2e/stage/mysqlcluster.ts'
import { stories } from '../../e2e/stage/story.ts'
import { expectAccord } from './accord.ts'
import type { Acknowledged } from './client.ts'
import { type Figure, missed, tell } from './figures.ts'
import { longestGap, reignsIn } from './reigns.ts'
import { startTraffic, type Traffic } from './traffic.ts'

const SIZE = 3
/** Ends a test that hangs; what is judged are the figures. */
const LIMIT_SECONDS = 300
const ROW_LIMIT_MS = 10 * 60_000

/** A cluster in use, at the moment at which something is to be done to it. */
export interface Scene {
  readonly key: Key
  readonly primary: string
  readonly replicas: readonly string[]
  readonly traffic: Traffic
  /** All writes that were acknowledged so far, to whomever. */
  acknowledged(): readonly Acknowledged[]
  /** The longest time without an acknowledged write since then, of the writer through the Service. */
  gapSince(begun: number): number
  /** The same of those who ask each member: what the group itself needs. */
  groupGapSince(begun: number): number
  /** Waits until the cluster is Healthy in a view of its group that was not seen before, and resolves with the seconds since then. */
  wholeAgain(since: number): Promise<number>
  /** The same where the group may have stayed as it was. */
  whole(since: number): Promise<number>
}

type Strike = (scene: Scene) => Promise<readonly Figure[]>

const sceneOf = async (key: Key, traffic: Traffic): Promise<Scene> => {
  const primary = (await healthy(key)).status?.primary ?? ''
  const before = await membersOf(key)
  const known = new Set(before.map(({ viewId }) => viewId))
  const direct = () => traffic.probes.flatMap(({ acknowledged }) => acknowledged)
  const isWhole = async (again: boolean): Promise<true | undefined> => {
    if ((await read(key).catch(() => undefined))?.status?.phase !== 'Healthy') return undefined
    const members = await membersOf(key).catch(() => [])
    const online = members.every(({ rows }) => rows.filter(({ state }) => state === 'ONLINE').length === SIZE)
    const [view = '', ...others] = new Set(members.map(({ viewId }) => viewId))
    if (members.length !== SIZE || !online || others.length > 0 || (again && known.has(view))) return undefined
    known.add(view)
    return true
  }
  const wait = async (what: string, again: boolean, since: number): Promise<number> => {
    await eventually(what, LIMIT_SECONDS, () => isWhole(again))
    return (now() - since) / 1000
  }
  return {
    key,
    primary,
    replicas: before.map(({ pod }) => pod).filter((pod) => pod !== primary),
    traffic,
    acknowledged: () => [...traffic.writer.acknowledged, ...direct()],
    gapSince: (begun) => longestGap(traffic.writer.acknowledged, begun),
    groupGapSince: (begun) => longestGap(direct(), begun),
    wholeAgain: (since) => wait('the cluster is whole again', true, since),
    whole: (since) => wait('the cluster is whole', false, since),
  }
}

/** At no moment two members acknowledge writes: one that did, and was followed by another one, does so again only after it was made the primary again. */
const expectOneAtATime = async (key: Key, primary: string, acknowledged: readonly Acknowledged[]): Promise<void> => {
  const from = Math.min(...acknowledged.map(({ sent }) => sent))
  const service = await kubernetes.get('Service', { namespace: key.namespace, name: `${key.name}-primary` })
  const due = [primary, ...readMoves(service).flatMap(({ to, moved }) => (moved > from ? [to] : []))]
  const reigns = reignsIn(acknowledged).map(({ host }) => host)
  const often = (list: readonly string[], pod: string): number => list.filter((one) => one === pod).length
  const tooOften = [...new Set(reigns)].filter((pod) => often(reigns, pod) > often(due, pod))
  expect({ reigns, due, tooOften }).toEqual({ reigns, due, tooOften: [] })
}

let runs = 0
const strikeOnce = async (key: Key, strike: Strike, unobserved: boolean): Promise<readonly Figure[]> => {
  runs += 1
  const primary = (await healthy(key)).status?.primary ?? ''
  const traffic = await startTraffic(key, `${Date.now().toString(36)}-${runs}`)
  let figures: readonly Figure[] = []
  try {
    await traffic.goesOn(60)
    figures = await strike(await sceneOf(key, traffic))
    await traffic.goesOn(60)
  } finally {
    await traffic.stop()
  }
  const acknowledged = [traffic.writer, ...traffic.probes].flatMap((client) => client.acknowledged)
  if (!unobserved) await expectOneAtATime(key, primary, acknowledged)
  await expectAccord(key, acknowledged)
  expect(traffic.reader.acknowledged).not.toEqual([])
  return figures
}

/** `CHAOS=short`: only the rows that say so, judged by what becomes of the data, not by how long it takes: that machine may be busy. */
const isShort = process.env['CHAOS'] === 'short'

interface RowOptions {
  readonly times?: number
  /** Of several runs, what is told and judged. */
  readonly sum?: (all: readonly (readonly Figure[])[]) => readonly Figure[]
  /** Part of `make test`. */
  readonly always?: boolean
  /** No operator is there to note who became the primary: that it was one at a time is seen only by what all members hold. */
  readonly unobserved?: boolean
}

/**
 * A cluster for the rows of one file, and `row`, which tells one: while it is used by a writer, a reader and probes of each
 * member, something is done to it, `times` times. Afterwards it is Healthy, no acknowledged write is lost, and no figure misses its bound (unless short).
 */
export const arena = (name: string) => {
  const key = { namespace: `chaos-${name}`, name: 'target' }
  const story = stories(key.namespace)
  return (
    title: string,
    strike: Strike,
    { times = 1, sum = (all) => all.flat(), always = false, unobserved = false }: RowOptions = {},
  ): void => {
    const measured = async (): Promise<void> => {
      if (!(await read(key))) await declare(key, { size: SIZE, storage: { onDelete: 'Delete' } })
      const all: (readonly Figure[])[] = []
      for (let time = 0; time < times; time += 1) all.push(await strikeOnce(key, strike, unobserved))
      const figures = sum(all)
      tell(title, figures)
      if (!isShort) expect(missed(figures)).toEqual([])
    }
    if (isShort && !always) test.skip(title, measured)
    else story(title, measured, times * ROW_LIMIT_MS)
  }
}
