import { randomBytes } from 'node:crypto'
import { expect, test } from '@jest/globals'
import { cut, patiently } from '../../src/agent/parts.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { jumping } from '../support/jumping.ts'

test('a store that stays away is given up after ten minutes, one that refuses at once', async () => {
  const clock = jumping()
  const began = clock.now()
  const away = new OperatorError('StoreUnreachable', 'away')
  await expect(patiently(clock, () => Promise.reject(away))).rejects.toBe(away)
  expect(clock.now() - began).toBeGreaterThan(9 * 60_000)
  expect(clock.now() - began).toBeLessThanOrEqual(10 * 60_000)
  const refused = new OperatorError('StoreRefused', 'no')
  const then = clock.now()
  await expect(patiently(clock, () => Promise.reject(refused))).rejects.toBe(refused)
  expect(clock.now()).toBe(then)
})

test('a stream is cut into pieces of one length, whatever it comes in', async () => {
  const body = randomBytes(1000)
  const chunks = async function* () {
    for (let at = 0; at < body.length; at += 37) yield body.subarray(at, at + 37)
  }
  const pieces: Uint8Array[] = []
  for await (const piece of cut(chunks(), 64)) pieces.push(piece)
  expect(pieces.slice(0, -1).every(({ length }) => length === 64)).toBe(true)
  expect(Buffer.compare(Buffer.concat(pieces), body)).toBe(0)
})
