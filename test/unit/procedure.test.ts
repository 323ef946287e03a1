import { describe, expect, test } from '@jest/globals'
import { TIMELINE_LENGTH } from '../../crds/mysqlcluster-names.ts'
import { PROCEDURES, type TimelineEntry } from '../../crds/mysqlcluster-status.ts'
import { label } from '../../src/domain/details.ts'
import { workflowId } from '../../src/domain/names.ts'
import { describeProcedure, type Procedure, procedureId } from '../../src/domain/procedure.ts'
import { describeRequest } from '../../src/domain/request.ts'
import { entryOf, withEntry } from '../../src/domain/timeline.ts'
import { podName, REF } from '../support/snapshots.ts'

const rejoin: Procedure = { kind: 'rejoin', subject: podName(1), why: 'it is outside' }
const asked: Procedure = { ...rejoin, kind: 'switchover', operation: { name: 'hand-over', uid: 'op-1' } }
const START = Date.UTC(2026, 0, 1)

describe('the workflow of a procedure', () => {
  test('has the same id for the same need', () => {
    expect(procedureId(REF, rejoin)).toBe(`${workflowId(REF)}/rejoin/shop-1`)
    expect(procedureId(REF, { ...rejoin, why: 'another reason' })).toBe(procedureId(REF, rejoin))
  })

  test('has an id of its own for each MySQLOperation', () => {
    expect(procedureId(REF, asked)).toBe(`${workflowId(REF)}/switchover/op-1`)
    expect(procedureId(REF, { ...asked, subject: podName(2) })).toBe(procedureId(REF, asked))
  })
})

test.each(PROCEDURES.map((kind) => [kind] as const))('people are told what a %s does, and to whom', (kind) => {
  expect(describeProcedure({ kind, subject: podName(1) })).toContain(podName(1))
})

test('a request is described by what it becomes', () => {
  const line = describeRequest({ kind: 'switchover', input: {}, name: 'shop-switchover-1' })
  expect(line).toBe('make MySQLOperation shop-switchover-1: switchover was asked for')
  expect(label(line)).toBe(line)
})

describe('a timeline entry', () => {
  test('says what, of whom, why, how it ended and how long it took', () => {
    const outcome = { kind: 'Succeeded', message: 'shop-1 is ONLINE in the group.' } as const
    expect(entryOf(rejoin, outcome, START, START + 1_234)).toEqual({
      at: '2026-01-01T00:00:00.000Z',
      what: 'rejoin',
      subject: podName(1),
      why: 'it is outside',
      outcome: 'Succeeded',
      message: 'shop-1 is ONLINE in the group.',
      seconds: 1.234,
    })
  })

  test('takes no time when the clock went back, and has room for any reason', () => {
    const words = { ...rejoin, why: 'w'.repeat(5_000) }
    const entry = entryOf(words, { kind: 'Failed', message: 'm'.repeat(5_000) }, START, START - 1)
    expect([entry.seconds, entry.why.length, entry.message.length]).toEqual([0, 1_024, 2_048])
  })
})

describe('the timeline', () => {
  const entry = (over: Partial<TimelineEntry> = {}): TimelineEntry => ({
    ...entryOf(rejoin, { kind: 'Succeeded', message: 'done' }, START, START + 1_000),
    ...over,
  })
  const failed = (at: string, over: Partial<TimelineEntry> = {}) => entry({ at, outcome: 'Failed', ...over })
  const [ONE, TWO] = ['2026-01-01T00:01:00.000Z', '2026-01-01T00:02:00.000Z']

  test('begins with the newest', () => {
    const older = entry({ what: 'switchover' })
    expect(withEntry(undefined, older)).toEqual([older])
    expect(withEntry([older], entry())).toEqual([entry(), older])
  })

  test('forgets the oldest', () => {
    const full = Array.from({ length: TIMELINE_LENGTH }, (_, n) => entry({ what: `w${n}` }))
    expect(withEntry(full, entry()).map(({ what }) => what)).toEqual([
      'rejoin',
      ...full.slice(0, -1).map(({ what }) => what),
    ])
  })

  test('keeps the same failure again as one, from when it began', () => {
    const twice = withEntry([failed(ONE), entry()], failed(TWO, { message: 'again' }))
    expect(twice).toEqual([failed(ONE, { message: 'again', seconds: 61 }), entry()])
  })

  test.each<[string, TimelineEntry, TimelineEntry]>([
    ['a success after a failure', failed(ONE), entry({ at: TWO })],
    ['a failure after a success', entry({ at: ONE }), failed(TWO)],
    ['the failure of another member', failed(ONE), failed(TWO, { subject: podName(2) })],
    ['another failure', failed(ONE), failed(TWO, { what: 'switchover' })],
    ['a second success', entry({ at: ONE }), entry({ at: TWO })],
  ])('keeps %s as an entry of its own', (_, first, second) => {
    expect(withEntry([first], second)).toEqual([second, first])
  })
})
