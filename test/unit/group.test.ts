import { describe, expect, test } from '@jest/globals'
import { authoritativeView, isInGroup, isOnline, parseViewId, primaryIn, seesMajority } from '../../src/domain/group.ts'
import type { GroupRow } from '../../src/domain/snapshot.ts'
import { grouped, INCARNATION, lonely, podName, primary, row, viewId } from '../support/snapshots.ts'

test.each([
  ['17638312001234567:4', { incarnation: '17638312001234567', counter: 4 }],
  ['', undefined],
  ['17638312001234567', undefined],
  ['a:1', undefined],
  ['1:2:3', undefined],
])('the VIEW_ID %j is %j', (text, parsed) => {
  expect(parseViewId(text)).toEqual(parsed)
})

describe('a majority', () => {
  test.each<[string, readonly GroupRow[], boolean]>([
    ['one of one', [primary(0)], true],
    ['two of three', [primary(0), row(1), row(2, 'UNREACHABLE')], true],
    ['one and a recovering one of three', [primary(0), row(1, 'RECOVERING'), row(2, 'UNREACHABLE')], true],
    ['one of two', [primary(0), row(1, 'UNREACHABLE')], false],
    ['two of four', [primary(0), row(1), row(2, 'UNREACHABLE'), row(3, 'UNREACHABLE')], false],
    ['none of none', [], false],
    ['a failed member', [row(0, 'ERROR')], false],
  ])('%s: %#', (_, rows, is) => {
    expect(seesMajority(grouped(0, rows))).toBe(is)
  })
})

test('a member is in the group by its own row, not by those of others', () => {
  expect(isInGroup(grouped(1, [primary(0), row(1, 'RECOVERING')]))).toBe(true)
  expect(isOnline(grouped(1, [primary(0), row(1, 'RECOVERING')]))).toBe(false)
  expect(isInGroup(grouped(1, [primary(0), row(1, 'ERROR')]))).toBe(false)
  expect(isInGroup(grouped(1, [primary(0)]))).toBe(false)
})

test('a primary that is not ONLINE is none', () => {
  expect(primaryIn([row(0, 'UNREACHABLE', 'PRIMARY'), row(1)])).toBeUndefined()
  expect(primaryIn([row(0), primary(1)])?.pod).toBe(podName(1))
})

describe('the authoritative view', () => {
  const rows = [primary(0), row(1), row(2)]

  test('is the newest of the incarnation', () => {
    const members = [grouped(0, rows, { viewId: viewId(9) }), grouped(1, rows, { viewId: viewId(10) })]
    expect(authoritativeView(members, INCARNATION)?.pod).toBe(podName(1))
  })

  test('is not an older one, though only that shows a majority', () => {
    const left = [row(1), row(2, 'UNREACHABLE')]
    const members = [grouped(0, rows, { viewId: viewId(9) }), grouped(1, left, { viewId: viewId(10) })]
    expect(authoritativeView(members, INCARNATION)).toBeUndefined()
  })

  test('is none of another incarnation, of a minority, or of a member outside', () => {
    const members = [
      grouped(0, rows, { viewId: viewId(9, '77') }),
      grouped(1, [row(1), row(2, 'UNREACHABLE')]),
      lonely(2),
    ]
    expect(authoritativeView(members, INCARNATION)).toBeUndefined()
  })
})
