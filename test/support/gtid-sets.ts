import fc from 'fast-check'
import { type GtidSet, parseGtidSet } from '../../src/domain/gtid.ts'

export const A = 'aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa'
export const B = 'bbbbbbbb-2222-4222-8222-bbbbbbbbbbbb'

const source = fc.constantFrom(A, B, `${A}:billing`, `${B}:billing`, `${B}:_import`)
const interval = fc.tuple(source, fc.integer({ min: 1, max: 40 }), fc.nat(10))

/** One transaction of the sources that the sets are made of. */
export const transaction = fc.record({ source, number: fc.integer({ min: 1, max: 30 }) })

/** A set as a person or a server may write it: of two servers, with and without tags, unsorted, overlapping. */
export const gtidText: fc.Arbitrary<string> = fc
  .array(interval, { maxLength: 12 })
  .map((parts) => parts.map(([key, from, more]) => `${key}:${from}-${from + more}`).join(','))

export const gtidSet: fc.Arbitrary<GtidSet> = gtidText.map(parseGtidSet)
