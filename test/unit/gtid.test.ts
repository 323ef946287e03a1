import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  contains,
  count,
  equals,
  formatGtidSet,
  intersect,
  isEmpty,
  parseGtidSet,
  subtract,
  union,
} from '../../src/domain/gtid.ts'
import { A, B, gtidSet, transaction } from '../support/gtid-sets.ts'

const always = <T>(property: fc.IProperty<T>): void => fc.assert(property, { numRuns: 300 })

describe('a GTID set', () => {
  test.each([
    ['', ''],
    [`${A}:1`, `${A}:1`],
    [`${A}:1-5`, `${A}:1-5`],
    [`${A}:1-5:6-9`, `${A}:1-9`],
    [`${A}:7:1-5:3-6`, `${A}:1-7`],
    [`${B}:3,\n${A}:1-5:7`, `${A}:1-5:7,${B}:3`],
    [`${A.toUpperCase()}:2`, `${A}:2`],
    [`${A}:1-5:billing:1-2:9`, `${A}:1-5,${A}:billing:1-2:9`],
    [`${A}:Billing:1:_x:4`, `${A}:_x:4,${A}:billing:1`],
    [`,${A}:1,`, `${A}:1`],
  ])('reads %j and prints it as %j', (text, printed) => {
    expect(formatGtidSet(parseGtidSet(text))).toBe(printed)
  })

  test.each(['x', A, `${A}:`, `${A}:0`, `${A}:5-3`, `${A}:1-2-3`, `${A}:1.5`, `${A}:-1`, 'aaaa:1', `${A}:a b c!:1`])(
    'is not %j',
    (text) => {
      expect(() => parseGtidSet(text)).toThrow(SyntaxError)
    },
  )

  test('counts its transactions', () => {
    expect(count(parseGtidSet(`${A}:1-5:7,${B}:billing:10-19`))).toBe(16)
    expect(count(parseGtidSet(''))).toBe(0)
  })

  test('keeps transactions of a tag apart from those without one', () => {
    const plain = parseGtidSet(`${A}:1-5`)
    const tagged = parseGtidSet(`${A}:billing:1-5`)
    expect(contains(plain, tagged)).toBe(false)
    expect(isEmpty(intersect(plain, tagged))).toBe(true)
  })

  test('subtracts a hole out of an interval', () => {
    expect(formatGtidSet(subtract(parseGtidSet(`${A}:1-10`), parseGtidSet(`${A}:4-6`)))).toBe(`${A}:1-3:7-10`)
  })
})

describe('for all GTID sets', () => {
  test('what is printed reads back as the same set', () =>
    always(fc.property(gtidSet, (set) => equals(parseGtidSet(formatGtidSet(set)), set))))

  test('equal sets print alike', () =>
    always(fc.property(gtidSet, gtidSet, (a, b) => equals(a, b) === (formatGtidSet(a) === formatGtidSet(b)))))

  test('a union has what either has, a difference what only the left has, an intersection what both have', () =>
    always(
      fc.property(gtidSet, gtidSet, transaction, (a, b, one) => {
        const single = parseGtidSet(`${one.source}:${one.number}`)
        const inA = contains(a, single)
        const inB = contains(b, single)
        expect(contains(union(a, b), single)).toBe(inA || inB)
        expect(contains(subtract(a, b), single)).toBe(inA && !inB)
        expect(contains(intersect(a, b), single)).toBe(inA && inB)
      }),
    ))

  test('union and intersection do not mind the order', () =>
    always(
      fc.property(gtidSet, gtidSet, gtidSet, (a, b, c) => {
        expect(equals(union(a, b), union(b, a))).toBe(true)
        expect(equals(intersect(a, b), intersect(b, a))).toBe(true)
        expect(equals(union(a, union(b, c)), union(union(a, b), c))).toBe(true)
        expect(equals(union(a, b, c), union(c, b, a))).toBe(true)
      }),
    ))

  test('a set is its part in another and the rest, and nothing of the rest is in the other', () =>
    always(
      fc.property(gtidSet, gtidSet, (a, b) => {
        expect(equals(union(subtract(a, b), intersect(a, b)), a)).toBe(true)
        expect(isEmpty(intersect(subtract(a, b), b))).toBe(true)
        expect(count(union(a, b))).toBe(count(a) + count(b) - count(intersect(a, b)))
      }),
    ))

  test('containing is a partial order', () =>
    always(
      fc.property(gtidSet, gtidSet, gtidSet, (a, b, c) => {
        expect(contains(a, a)).toBe(true)
        if (contains(a, b) && contains(b, a)) expect(formatGtidSet(a)).toBe(formatGtidSet(b))
        if (contains(a, b) && contains(b, c)) expect(contains(a, c)).toBe(true)
        expect(contains(union(a, b), a)).toBe(true)
        expect(contains(union(a, b, c), union(a, c))).toBe(true)
        expect(contains(a, b)).toBe(equals(union(a, b), a))
      }),
    ))

  test('the empty set is neutral', () =>
    always(
      fc.property(gtidSet, (a) => {
        const none = parseGtidSet('')
        expect(equals(union(a, none), a)).toBe(true)
        expect(equals(subtract(a, none), a)).toBe(true)
        expect(isEmpty(subtract(a, a))).toBe(true)
        expect(contains(a, none)).toBe(true)
        expect(contains(none, a)).toBe(isEmpty(a))
      }),
    ))
})
