import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readBytes } from '../../src/binlog/bytes.ts'
import { decodeGtidSet, encodeGtidSet } from '../../src/binlog/gtid-encoding.ts'
import { formatGtidSet, parseGtidSet } from '../../src/domain/gtid.ts'
import { little, setBytes, variable } from '../support/binlog-bytes.ts'
import { A, B, gtidSet } from '../support/gtid-sets.ts'

describe('a set of GTIDs as bytes', () => {
  test('is read back as what it was', () => {
    fc.assert(
      fc.property(gtidSet, (set) => {
        expect(formatGtidSet(decodeGtidSet(encodeGtidSet(set)))).toBe(formatGtidSet(set))
      }),
    )
  })

  test('without tags has the form that every version reads', () => {
    const expected = setBytes(
      [
        [
          A,
          '',
          [
            [1, 6],
            [8, 9],
          ],
        ],
        [B, '', [[3, 4]]],
      ],
      false,
    )
    expect(encodeGtidSet(parseGtidSet(`${B}:3,${A}:1-5:8`))).toEqual(expected)
  })

  test('with a tag anywhere names the tag of every source', () => {
    const expected = setBytes(
      [
        [A, '', [[1, 6]]],
        [A, 'billing', [[1, 3]]],
        [B, '', [[3, 4]]],
      ],
      true,
    )
    expect(encodeGtidSet(parseGtidSet(`${B}:3,${A}:1-5:billing:1-2`))).toEqual(expected)
    expect(expected.subarray(0, 8).toString('hex')).toBe('0103000000000001')
  })

  test('that is empty is eight zeros', () => {
    expect(encodeGtidSet(new Map())).toEqual(Buffer.alloc(8))
  })

  const one = setBytes([[A, '', [[1, 6]]]], false)
  test.each([
    ['is cut off', one.subarray(0, -1)],
    ['has more than it says', Buffer.concat([one, Buffer.alloc(1)])],
    ['has an unknown format', Buffer.concat([little(2n << 56n, 8), one.subarray(8)])],
    ['has an interval that is empty', setBytes([[A, '', [[3, 3]]]], false)],
    ['begins at zero', setBytes([[A, '', [[0, 3]]]], false)],
    [
      'has intervals that do not ascend',
      setBytes(
        [
          [
            A,
            '',
            [
              [4, 6],
              [2, 3],
            ],
          ],
        ],
        false,
      ),
    ],
    ['has a source without intervals', setBytes([[A, '', []]], false)],
    [
      'has a source twice',
      setBytes(
        [
          [A, '', [[1, 2]]],
          [A, '', [[3, 4]]],
        ],
        false,
      ),
    ],
    ['has a number that is not exact', setBytes([[A, '', [[1, 2 ** 53]]]], false)],
    ['has a tag that is too long', setBytes([[A, 'x'.repeat(33), [[1, 2]]]], true)],
  ])('is refused when it %s', (_, bytes) => {
    expect(() => decodeGtidSet(bytes)).toThrow(expect.objectContaining({ code: 'BinlogBroken' }))
  })
})

test('integers of variable length are read at every length', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(63), (value, shift) => {
      const smaller = value >> BigInt(shift)
      const reader = readBytes(variable(smaller), 'a number')
      expect(reader.variable()).toBe(smaller)
      expect(reader.left).toBe(0)
    }),
  )
})
