import { describe, expect, test } from '@jest/globals'
import { type Clock, sleep } from '../../src/clock.ts'
import type { ClusterRef } from '../../src/domain/names.ts'
import { startSecretLook } from '../../src/watcher/secrets.ts'
import { createTime } from '../simulation/world/time.ts'
import { REF } from '../support/snapshots.ts'

/** Looks at the Secrets of one cluster as often as asked; `answers` are what is found, one after the other. */
const looking = (answers: readonly (string | Error)[]) => {
  const told: string[] = []
  const due: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    after: (_, work) => {
      due.push(work)
      return () => due.splice(due.indexOf(work), 1)
    },
  }
  let looks = 0
  const look = async (_: ClusterRef): Promise<string> => {
    const answer = answers[looks++] ?? ''
    if (answer instanceof Error) throw answer
    return answer
  }
  const end = new AbortController()
  startSecretLook({ clock, clusters: () => [REF], look, tell: (_, { why }) => told.push(why), signal: end.signal })
  const pass = async (): Promise<void> => {
    due.shift()?.()
    while (due.length === 0 && !end.signal.aborted) await Promise.resolve()
  }
  return { told, due, pass, end }
}

const lacks = 'Secret shop-tls has no ca.crt'

test('a Secret that comes to lack something is news once, and so is its return', async () => {
  const { told, pass } = looking(['', lacks, lacks, '', ''])
  for (let n = 0; n < 5; n++) await pass()
  expect(told).toEqual([lacks, 'its Secrets are whole again'])
})

test('an API server that does not answer is no news of a Secret', async () => {
  const { told, pass } = looking([lacks, new Error('503'), lacks])
  for (let n = 0; n < 3; n++) await pass()
  expect(told).toEqual([lacks])
})

test('nothing is looked at any more once another one leads', async () => {
  const { due, end } = looking([])
  end.abort()
  expect(due).toEqual([])
})

describe('the looks at many clusters', () => {
  const many = (count: number): readonly ClusterRef[] =>
    Array.from({ length: count }, (_, n) => ({ ...REF, name: `shop${n}`, uid: `uid-${n}` }))

  /** Looks for `seconds`; resolves with the time of each look, in milliseconds, by cluster. */
  const lookFor = async (seconds: number, clustersAt: (now: number) => readonly ClusterRef[], tookMs = 0) => {
    const time = createTime(0)
    const clusters = () => clustersAt(time.now())
    const looks: { readonly uid: string; readonly at: number }[] = []
    const told: string[] = []
    let under = 0
    let most = 0
    const look = async ({ uid }: ClusterRef): Promise<string> => {
      looks.push({ uid, at: time.now() })
      under += 1
      most = Math.max(most, under)
      await sleep(time, tookMs)
      under -= 1
      return clusters().some((ref) => ref.uid === uid) ? '' : lacks
    }
    const { signal } = new AbortController()
    startSecretLook({ clock: time, clusters, look, tell: (_, { why }) => told.push(why), signal })
    await time.runUntil(seconds * 1000)
    return { looks, told, most }
  }
  const busiest = (looks: readonly { readonly at: number }[]): number =>
    Math.max(...looks.map(({ at }) => looks.filter((other) => other.at >= at && other.at < at + 1000).length))

  test.each([
    [1, 10, 1],
    [20, 10, 2],
    [1000, 100, 10],
  ])(
    '%d: each once in %d seconds, and never more than %d in one',
    async (count, seconds, each) => {
      const { looks } = await lookFor(seconds, () => many(count))
      expect(looks).toHaveLength(count)
      expect(new Set(looks.map(({ uid }) => uid)).size).toBe(count)
      expect(busiest(looks)).toBe(each)
    },
    60_000,
  )

  test('are made one after the other, however slow the API server is', async () => {
    const { looks, most } = await lookFor(60, () => many(1000), 5_000)
    expect(most).toBe(1)
    expect(looks.length).toBeGreaterThan(10)
  }, 60_000)

  test('begin with a cluster that is new, and leave out one that is gone', async () => {
    const clusters = many(5)
    const changedAt = 12_000
    const { looks, told } = await lookFor(30, (now) => (now < changedAt ? clusters.slice(0, 4) : clusters.slice(1)))
    const later = looks.filter(({ at }) => at > changedAt).map(({ uid }) => uid)
    expect(later[0]).toBe('uid-4')
    expect(later).not.toContain('uid-0')
    expect(told).toEqual([])
  })
})
