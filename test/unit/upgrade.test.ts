import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts'
import { judgeRoll } from '../../src/domain/roll.ts'
import type { MemberView, Snapshot } from '../../src/domain/snapshot.ts'
import { judgePath, judgeUpgrade } from '../../src/domain/upgrade.ts'
import { parseVersion, type Version } from '../../src/domain/version.ts'
import { CLUSTER, grouped, primary, row, serving } from '../support/snapshots.ts'

const version = (text: string): Version => {
  const parsed = parseVersion(text)
  if (!parsed) throw new Error(`${text} is no version`)
  return parsed
}
const path = (from: string, to: string) => judgePath(version(from), version(to))

describe('the way from one version to another', () => {
  test.each([
    ['8.0.43', '8.0.43', 'the same'],
    ['9.0.0', '9.0.0', 'the same, whatever its defects'],
    ['8.0.36', '8.0.43', 'a patch more'],
    ['8.0.43', '8.1.0', 'an innovation before the next series with long-term support'],
    ['8.0.27', '8.4.6', 'the next series with long-term support'],
    ['8.1.0', '8.3.0', 'from innovation to innovation'],
    ['8.3.0', '8.4.0', 'from an innovation to the series that it led to'],
    ['8.4.6', '9.5.0', 'an innovation after it'],
    ['8.4.6', '9.7.0', 'from one series with long-term support to the next'],
    ['9.2.0', '9.7.1', 'from an innovation to the series that it led to'],
    ['9.7.1', '26.7.0', 'what comes after the last that is known'],
    ['8.4.6', '8.4.3', 'an older patch of a series with long-term support'],
    ['9.7.4', '9.7.3', 'an older patch of a series with long-term support'],
    ['8.0.43', '8.0.35', 'an older patch, of which the oldest is the first that reads newer data'],
  ])('leads from %s to %s: %s', (from, to) => {
    expect(path(from, to)).toBeUndefined()
  })

  test.each<[string, string, ErrorCode, RegExp]>([
    ['8.4.6', '8.0.43', 'DowngradeRefused', /^MySQL 8\.0\.43 cannot read what 8\.4\.6 has written$/],
    ['9.7.0', '8.4.6', 'DowngradeRefused', /8\.4\.6 cannot read what 9\.7\.0/],
    ['8.0.43', '8.0.34', 'DowngradeRefused', /8\.0\.34/],
    ['8.0.34', '8.0.33', 'DowngradeRefused', /8\.0\.33/],
    ['9.5.1', '9.5.0', 'DowngradeRefused', /9\.5\.0/],
    ['26.7.2', '26.7.1', 'DowngradeRefused', /26\.7\.1/],
    ['8.0.43', '9.0.1', 'VersionSkipped', /^from 8\.0\.43 to 9\.0\.1 the way leads through MySQL 8\.4$/],
    ['8.0.43', '9.7.0', 'VersionSkipped', /through MySQL 8\.4$/],
    ['8.3.0', '9.1.0', 'VersionSkipped', /through MySQL 8\.4$/],
    ['8.4.6', '26.7.0', 'VersionSkipped', /through MySQL 9\.7$/],
    ['8.0.28', '8.0.29', 'VersionDefective', /^MySQL 8\.0\.29 may corrupt tables/],
    ['8.0.36', '8.0.38', 'VersionDefective', /8000 tables/],
    ['8.0.43', '8.4.1', 'VersionDefective', /8000 tables/],
    ['8.4.0', '9.0.0', 'VersionDefective', /8000 tables/],
    ['8.4.2', '8.4.1', 'VersionDefective', /8000 tables/],
  ])('does not lead from %s to %s: %s', (from, to, reason, why) => {
    expect(path(from, to)).toEqual({ reason, why: expect.stringMatching(why) })
  })

  test.each([
    ['8.0.37', '8.0.39'],
    ['8.4.0', '8.4.2'],
    ['8.4.2', '9.0.1'],
  ])('leads from %s to %s, past those with the defect', (from, to) => {
    expect(path(from, to)).toBeUndefined()
  })
})

const rows = [primary(0), row(1), row(2)]
const members = (...versions: readonly string[]): readonly MemberView[] =>
  versions.map((text, ordinal) => grouped(ordinal, rows, { version: text }))
const upgrade = (given: Snapshot, to: string) => judgeUpgrade(given, to)?.reason

describe('the version of a cluster', () => {
  test('is that of its primary, which is renewed last', () => {
    const mixed = serving({ members: members('8.4.6', '8.4.6', '9.7.0') })
    expect(upgrade(mixed, '9.7.0')).toBeUndefined()
    expect(upgrade(mixed, '9.7.1')).toBeUndefined()
    expect(upgrade(mixed, '8.0.43')).toBe('DowngradeRefused')
  })
  test('lets a change be undone while the primary has not been renewed: the others are made copies', () => {
    expect(upgrade(serving({ members: members('8.4.6', '8.4.6', '9.7.0') }), '8.4.6')).toBeUndefined()
    expect(upgrade(serving({ members: members('8.4.6', '9.7.0', '9.7.0') }), '8.4.7')).toBeUndefined()
  })
  test('lets it not be undone once all are renewed', () => {
    expect(upgrade(serving({ members: members('9.7.0', '9.7.0', '9.7.0') }), '8.4.6')).toBe('DowngradeRefused')
  })
  test('refuses what one that was renewed could neither read nor be made a copy for', () => {
    expect(upgrade(serving({ members: members('8.4.6', '8.4.6', '9.7.0') }), '9.6.0')).toBe('DowngradeRefused')
  })
  test('is the oldest of those that answer while nobody takes writes, and else the last that was known', () => {
    const silent = serving({ members: [], status: { phase: 'Offline', version: '8.4.6' } })
    expect(upgrade(silent, '8.0.43')).toBe('DowngradeRefused')
    const some = serving({ members: members('8.4.6', '8.0.43').map((one) => ({ ...one, rows: [] })) })
    expect(upgrade(some, '9.7.0')).toBe('VersionSkipped')
  })
  test('is not judged where nothing is known of it', () => {
    expect(upgrade(serving({ members: [] }), '8.0.43')).toBeUndefined()
    expect(upgrade(serving({ members: members('8.4.6') }), 'newest')).toBeUndefined()
  })
})

describe('an image of a version that the data cannot be given to', () => {
  const tried = (to?: string): Snapshot =>
    serving({
      members: members('8.4.6', '8.4.6', '8.4.6'),
      pending: ['spec.image'],
      trial: { kind: 'Passed', made: 'next', ...(to ? { version: to } : {}) },
    })
  const verdict = (given: Snapshot) => judgeRoll(given, diagnose(given, CLUSTER))

  test.each<[string, ErrorCode]>([
    ['8.0.43', 'DowngradeRefused'],
    ['26.7.0', 'VersionSkipped'],
    ['9.0.0', 'VersionDefective'],
  ])('is not taken over, and the cluster is Blocked: %s, %s', (to, reason) => {
    expect(verdict(tried(to)).kind).toBe('Wait')
    const { phase, ready, message, ...told } = diagnose(tried(to), CLUSTER)
    expect({ phase, ready, reason: told.reason }).toEqual({ phase: 'Blocked', ready: true, reason })
    expect(message).toMatch(/^spec\.image: .* Members were left as they were\.$/)
    expect(message).toContain(ERRORS[reason].remedy)
  })
  test('is taken over where it can, and where an older trial does not say its version', () => {
    expect(verdict(tried('9.7.0')).kind).toBe('Release')
    expect(verdict(tried()).kind).toBe('Release')
  })
})
