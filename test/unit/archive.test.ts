import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { chooseSource, executedOf, gapOf, isFitSource, type LogMember } from '../../src/domain/archive.ts'
import { contains, formatGtidSet, isEmpty, parseGtidSet, subtract, union } from '../../src/domain/gtid.ts'
import { A, gtidSet } from '../support/gtid-sets.ts'

const member = (host: string, place: string, executed: number, purged = 0): LogMember => {
  const [state = '', role = ''] = place.split(' ')
  const upTo = (last: number) => parseGtidSet(last > 0 ? `${A}:1-${last}` : '')
  return { host, state, role, executed: upTo(executed), purged: upTo(purged) }
}
const known = parseGtidSet(`${A}:1-50`)

describe('the member whose log is archived', () => {
  test('is a replica, the one that is farthest', () => {
    const members = [
      member('a', 'ONLINE PRIMARY', 90),
      member('b', 'ONLINE SECONDARY', 80),
      member('c', 'ONLINE SECONDARY', 85),
    ]
    expect(chooseSource(members, known, [])).toEqual({ kind: 'Source', host: 'c' })
  })

  test('is the primary where no replica is ONLINE, or has what comes next', () => {
    const members = [
      member('a', 'ONLINE PRIMARY', 90),
      member('b', 'RECOVERING SECONDARY', 95),
      member('c', 'ONLINE SECONDARY', 85, 51),
    ]
    expect(chooseSource(members, known, [])).toEqual({ kind: 'Source', host: 'a' })
  })

  test('is awaited where nobody has what comes next, and one that is silent may', () => {
    const members = [member('a', 'ONLINE PRIMARY', 90, 60)]
    expect(chooseSource(members, known, ['b'])).toMatchObject({ kind: 'None', why: expect.stringContaining('b') })
  })

  test('is the one that lacks least where nobody has it, and what it lacks is told', () => {
    const members = [member('a', 'ONLINE PRIMARY', 90, 70), member('b', 'ONLINE SECONDARY', 90, 60)]
    const verdict = chooseSource(members, known, [])
    expect(verdict).toMatchObject({ kind: 'Gap', host: 'b' })
    expect(verdict.kind === 'Gap' && formatGtidSet(verdict.missing)).toBe(`${A}:51-60`)
  })

  test('is nobody while nobody is ONLINE', () => {
    expect(chooseSource([member('a', 'OFFLINE', 90)], known, [])).toMatchObject({ kind: 'None' })
  })
})

describe('the member that is read', () => {
  const primary = member('a', 'ONLINE PRIMARY', 90)
  const replica = member('b', 'ONLINE SECONDARY', 80)

  test('is left when it is lost, or is no longer ONLINE', () => {
    expect(isFitSource([primary], 'b', known)).toBe(false)
    expect(isFitSource([primary, { ...replica, state: 'ERROR' }], 'b', known)).toBe(false)
    expect(isFitSource([primary, replica], 'b', known)).toBe(true)
  })

  test('is left, if it is the primary, for a replica that has what comes next', () => {
    expect(isFitSource([primary, replica], 'a', known)).toBe(false)
    expect(isFitSource([primary, member('b', 'ONLINE SECONDARY', 80, 51)], 'a', known)).toBe(true)
    expect(isFitSource([primary], 'a', known)).toBe(true)
  })
})

test('what the group has executed is what its primary says, else the member that is read', () => {
  const [a, b] = [member('a', 'ONLINE PRIMARY', 90), member('b', 'ONLINE SECONDARY', 80)]
  expect(executedOf([b, a], 'b')).toBe(a.executed)
  expect(executedOf([b], 'b')).toBe(b.executed)
  expect(executedOf([{ ...b, state: 'ERROR' }], 'b')).toBeUndefined()
})

test('a gap is what came before the end of the archive and is neither in it nor in the base', () => {
  fc.assert(
    fc.property(gtidSet, fc.array(fc.record({ before: gtidSet, gtids: gtidSet })), (base, segments) => {
      const gap = gapOf(base, segments)
      const held = union(base, ...segments.map(({ gtids }) => gtids))
      const all = union(...segments.map(({ before }) => before))
      expect(isEmpty(subtract(gap, all))).toBe(true)
      expect(contains(union(gap, held), all)).toBe(true)
      expect(isEmpty(subtract(gap, held))).toBe(isEmpty(gap))
    }),
  )
})
