import { describe, expect, test } from '@jest/globals'
import { describeReport, describeStep, renderDetails, renderGone } from '../../src/domain/details.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import type { Step } from '../../src/domain/plan.ts'
import { CLUSTER, podName, REF, serving } from '../support/snapshots.ts'

const bytes = (text: string): number => Buffer.byteLength(text)
const endless = 'the setting “größe” — ok? '.repeat(40)

describe('the label of a step', () => {
  test.each<Step>([
    { kind: 'Finalise' },
    { kind: 'ApplyObjects' },
    { kind: 'RecordGroup', incarnation: '1', seed: `${'n'.repeat(40)}-8` },
    { kind: 'Bootstrap', seed: `${'n'.repeat(40)}-8`, why: endless },
    { kind: 'Join', pod: `${'n'.repeat(40)}-8`, missing: 1 },
    { kind: 'Wait', why: endless },
    { kind: 'Rest' },
  ])('is one line of at most 200 bytes: $kind', (step) => {
    expect(describeStep(step)).toMatch(/^.+$/)
    expect(bytes(describeStep(step))).toBeLessThanOrEqual(200)
  })
})

describe('the label of a publication', () => {
  test('says what a person is told', () => {
    expect(describeReport(diagnose(serving(), CLUSTER))).toMatch(
      /^Healthy: All 3 members are online; .* takes the writes\.$/,
    )
  })

  test('is one line of at most 200 bytes', () => {
    expect(bytes(describeReport({ phase: 'Blocked', message: `one\n${endless}` }))).toBeLessThanOrEqual(200)
    expect(describeReport({ phase: 'Blocked', message: 'one\ntwo' })).toBe('Blocked: one two')
  })
})

describe('the details', () => {
  const details = renderDetails(REF, diagnose(serving(), CLUSTER), { kind: 'Rest' }, undefined)

  test('name the cluster, its phase, its message and each member', () => {
    expect(details).toContain('### default/shop: Healthy')
    expect(details).toContain('All 3 members are online')
    expect(details.replaceAll('\u2003', '')).toContain(`| ${podName(0)} | ONLINE | primary | 9.7.0 |`)
    expect(details).not.toContain('Last failure')
  })

  test('keep a gap between the columns, which the UI sets close together', () => {
    expect(details).toContain('ONLINE\u2003 | primary\u2003 | 9.7.0 |')
  })

  test('say of a cluster that is no more that nothing is left to do', () => {
    expect(renderGone(REF)).toContain('### default/shop: gone')
  })

  test('name the last failure', () => {
    const failed = renderDetails(REF, diagnose(serving(), CLUSTER), { kind: 'Rest' }, 'Conflict: changed meanwhile')
    expect(failed).toContain('**Last failure:** Conflict: changed meanwhile')
  })
})
