import { expect, test } from '@jest/globals'
import type { ArchiveState } from '../../src/agent/archiver.ts'
import { keepReach, readReach } from '../../src/agent/reach.ts'
import type { Clock } from '../../src/clock.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { memoryStore, NONE, PATH } from '../support/archive.ts'

test('how far an archive reaches is written every 15 s, when it is farther, and again where the store refused', async () => {
  const store = memoryStore()
  const stop = new AbortController()
  const state: ArchiveState = { known: NONE, skipped: NONE, segments: 0, bytes: 0 }
  const seen: (number | undefined)[] = []
  const told: string[] = []
  let [puts, refusing] = [0, false]
  const acts: readonly (() => void)[] = [
    () => undefined,
    () => Object.assign(state, { through: 1_000 }),
    () => undefined,
    () => {
      state.through = 2_000
      refusing = true
    },
    () => {
      refusing = false
    },
    () => stop.abort(),
  ]
  const clock: Clock = {
    now: () => 0,
    after(ms, work) {
      expect(ms).toBe(15_000)
      const handle = setImmediate(async () => {
        seen.push((await readReach(ports, PATH))?.through)
        acts[seen.length - 1]?.()
        work()
      })
      return () => clearImmediate(handle)
    },
  }
  const ports = {
    clock,
    say: (doing: string, done: object) => void told.push(`${doing} ${JSON.stringify(done)}`),
    store: {
      ...store,
      async put(key: string, body: Uint8Array) {
        puts += 1
        if (refusing) throw new OperatorError('StoreDenied', 'wrong credentials')
        return store.put(key, body)
      },
    },
  }
  await keepReach(ports, PATH, state, stop.signal)
  expect(seen).toEqual([undefined, undefined, 1_000, 1_000, 1_000, 2_000])
  expect(puts).toBe(3)
  expect(told).toEqual(['how far it reaches is not written {"why":"wrong credentials"}'])
})
