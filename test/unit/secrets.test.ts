import { expect, test } from '@jest/globals'
import type { Clock } from '../../src/clock.ts'
import type { ClusterRef } from '../../src/domain/names.ts'
import { startSecretLook } from '../../src/watcher/secrets.ts'
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
