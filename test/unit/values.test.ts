import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { digest } from '../../src/domain/digest.ts'
import { memberHost, objectNames, ordinalOf, workflowId } from '../../src/domain/names.ts'
import { parseQuantity } from '../../src/domain/quantity.ts'
import { compareVersions, parseVersion } from '../../src/domain/version.ts'
import { REF } from '../support/snapshots.ts'

describe('a quantity', () => {
  test.each<[string | number, number]>([
    ['1Gi', 2 ** 30],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1G', 1e9],
    ['250m', 0.25],
    ['2', 2],
    [3, 3],
    ['1Pi', 2 ** 50],
    ['100k', 100_000],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value)
  })

  test.each(['', 'x', '1gi', '1 Gi', '-1', '1e3', 'Gi', '1.Gi', '1constructor', '1toString'])('is not %j', (text) => {
    expect(parseQuantity(text)).toBeNaN()
  })
})

describe('a version', () => {
  test.each([
    ['8.0.43', { major: 8, minor: 0, patch: 43 }],
    ['9.7.0-1', { major: 9, minor: 7, patch: 0 }],
    ['8.4.6-debug', { major: 8, minor: 4, patch: 6 }],
    ['8.0', undefined],
    ['', undefined],
  ])('%j is %j', (text, parsed) => {
    expect(parseVersion(text)).toEqual(parsed)
  })

  test('is compared by numbers', () => {
    const sorted = ['8.0.9', '8.0.43', '8.4.0', '9.0.0', '10.0.0']
    const versions = sorted.map(parseVersion).filter((version) => version !== undefined)
    expect([...versions].reverse().sort(compareVersions)).toEqual(versions)
    expect(versions.every((version) => compareVersions(version, version) === 0)).toBe(true)
  })
})

describe('a digest', () => {
  test('does not mind the order of keys, or keys without a value', () => {
    expect(digest({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(digest({ b: { c: [1, 2] }, a: 1 }))
  })

  test('minds everything else', () => {
    const values = [{}, [], null, '', 0, false, { a: 1 }, { a: '1' }, { a: [1] }, [1, 2], [2, 1], 'ä', 'a']
    expect(new Set(values.map(digest)).size).toBe(values.length)
  })

  test('is ten hexadecimal digits that never change from one version of the operator to the next', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => /^[0-9a-f]{10}$/.test(digest(value))))
    expect(digest({ image: 'mysql:8.0', size: 3 })).toBe('3c3a4825ba')
  })
})

describe('names', () => {
  test('of the longest cluster fit what Kubernetes takes', () => {
    const names = objectNames('n'.repeat(40))
    const all = [names.primary, names.replicas, names.any, names.system, names.app, names.tls, names.pod(99)]
    for (const name of [...all, names.config('0123456789'), names.claim(99)])
      expect(name.length).toBeLessThanOrEqual(63)
  })

  test.each([
    ['shop-0', 0],
    ['data-shop-2-10', 10],
  ])('the ordinal of %s is %d', (name, ordinal) => {
    expect(ordinalOf(name)).toBe(ordinal)
  })

  test('a member has the name that its headless Service gives it', () => {
    expect(memberHost(REF, 'shop-1', 'cluster.local')).toBe('shop-1.shop.default.svc.cluster.local')
  })

  test('a cluster that was made again has another workflow', () => {
    expect(workflowId(REF)).toBe(`mysql-cluster/default/shop/${REF.uid}`)
    expect(workflowId({ ...REF, uid: 'other' })).not.toBe(workflowId(REF))
  })
})
