import { expect, test } from '@jest/globals'
import type { Acknowledged } from '../chaos/stage/client.ts'
import { longestGap, reignsIn } from '../chaos/stage/reigns.ts'

const told = (host: string, sent: number, at: number): Acknowledged => ({ id: `${host}-${sent}`, host, sent, at })
const hosts = (...acknowledged: readonly Acknowledged[]): readonly string[] =>
  reignsIn(acknowledged).map(({ host }) => host)

test('one member after the other is one reign each', () => {
  expect(hosts(told('a', 1, 2), told('a', 3, 4), told('b', 5, 6), told('b', 7, 8))).toEqual(['a', 'b'])
})

test('a write that was sent before another member acknowledged one brings nobody back', () => {
  expect(hosts(told('a', 1, 2), told('b', 5, 6), told('a', 3, 7), told('b', 7, 8))).toEqual(['a', 'b'])
})

test('two members that acknowledge writes by turns are seen', () => {
  expect(hosts(told('a', 1, 2), told('b', 3, 4), told('a', 5, 6), told('b', 7, 8))).toEqual(['a', 'b', 'a', 'b'])
})

test('a successor whose first write was sent long before it could be acknowledged is one', () => {
  expect(hosts(told('a', 5, 6), told('b', 1, 9))).toEqual(['a', 'b'])
})

test('the longest gap begins with the last acknowledgement before the event, and needs another one to end', () => {
  const writes = [told('a', 0, 1000), told('a', 0, 2000), told('b', 0, 5000), told('b', 0, 5500)]
  expect(longestGap(writes, 2500)).toBe(3)
  expect(longestGap(writes, 5100)).toBe(0.5)
})
