import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseViewId } from '../../src/domain/group.ts'
import { POD_NAME_LABEL } from '../../src/domain/names.ts'
import { type RoutingEvidence, roleLabels, route, type Sighting, selectedPod } from '../../src/domain/routing.ts'
import type { GroupRow } from '../../src/domain/snapshot.ts'
import { grouped, INCARNATION, podName, primary, row, viewId } from '../support/snapshots.ts'

const sighting = (
  ordinal: number,
  counter: number,
  rows: readonly GroupRow[],
  over: Partial<Sighting> = {},
): Sighting => grouped(ordinal, rows, { viewId: viewId(counter), ...over })
const evidence = (sightings: readonly Sighting[], over: Partial<RoutingEvidence> = {}): RoutingEvidence => ({
  sightings,
  incarnation: INCARNATION,
  recordedView: viewId(3),
  ...over,
})
const led = (by: number): readonly GroupRow[] =>
  [0, 1, 2].map((ordinal) => (ordinal === by ? primary(ordinal) : row(ordinal)))

describe('writes go', () => {
  test('to the primary on which all agree', () => {
    const rows = led(1)
    expect(route(evidence([0, 1, 2].map((ordinal) => sighting(ordinal, 3, rows))))).toEqual({
      primary: podName(1),
      viewId: viewId(3),
      rows,
    })
  })

  test('to the primary that one secondary sees, when nobody else answers', () => {
    expect(route(evidence([sighting(2, 3, led(0))])).primary).toBe(podName(0))
  })

  test('to the primary of the newest view, whatever an isolated primary still believes', () => {
    const after = [row(0, 'UNREACHABLE'), primary(1), row(2)]
    expect(route(evidence([sighting(0, 3, led(0)), sighting(1, 4, after), sighting(2, 4, after)])).primary).toBe(
      podName(1),
    )
  })

  test('to the member that takes them, while views of one age disagree', () => {
    const old = sighting(2, 3, led(0))
    const resigned = sighting(0, 3, led(0), { readOnly: true })
    expect(route(evidence([old, resigned, sighting(1, 3, led(1))])).primary).toBe(podName(1))
  })

  test('to a group made anew once it is on record, though its counter starts again', () => {
    const again = [sighting(1, 1, [primary(1)], { viewId: viewId(1, '77') })]
    expect(route(evidence(again, { incarnation: '77' })).primary).toBe(podName(1))
  })
})

describe('writes stay where they are', () => {
  test.each<[string, RoutingEvidence]>([
    ['while nobody answers', evidence([])],
    ['while no bootstrap is on record', evidence([sighting(0, 3, led(1))], { incarnation: undefined })],
    [
      'when all that is seen is of another incarnation',
      evidence([sighting(0, 9, led(1), { viewId: viewId(9, '77') })]),
    ],
    ['when all that is seen is older than the last move', evidence([sighting(0, 2, led(1))])],
    ['without a majority', evidence([sighting(0, 3, [primary(0), row(1, 'UNREACHABLE')])])],
    [
      'when the one that answers is not ONLINE itself',
      evidence([sighting(2, 3, [primary(0), row(1), row(2, 'RECOVERING')])]),
    ],
    ['when the members see no primary', evidence([sighting(1, 3, [row(0), row(1), row(2)])])],
    [
      'while views disagree and no claimant takes writes',
      evidence([sighting(0, 3, led(0), { readOnly: true }), sighting(1, 3, led(1), { readOnly: true })]),
    ],
    ['when a member is in no group', evidence([sighting(0, 3, [row(0, 'OFFLINE')], { viewId: '' })])],
  ])('%s', (_, given) => {
    expect(route(given)).not.toHaveProperty('primary')
  })
})

describe('for all evidence', () => {
  const state = fc.constantFrom<GroupRow['state']>(
    'ONLINE',
    'ONLINE',
    'ONLINE',
    'RECOVERING',
    'UNREACHABLE',
    'ERROR',
    'OFFLINE',
  )
  const role = fc.constantFrom<GroupRow['role']>('PRIMARY', 'SECONDARY', '')
  const rows = fc
    .array(fc.tuple(state, role), { maxLength: 4 })
    .map((cells) => cells.map(([s, r], at) => row(at, s, r)))
  const seen = fc
    .record({
      ordinal: fc.nat(3),
      counter: fc.integer({ min: 1, max: 4 }),
      incarnation: fc.constantFrom(INCARNATION, INCARNATION, '77'),
      outside: fc.boolean(),
      readOnly: fc.boolean(),
      rows,
    })
    .map(
      (one): Sighting => ({
        pod: podName(one.ordinal),
        viewId: one.outside && one.counter === 4 ? '' : viewId(one.counter, one.incarnation),
        readOnly: one.readOnly,
        rows: one.rows,
      }),
    )
  const given = fc.record({
    sightings: fc.uniqueArray(seen, { selector: ({ pod }) => pod, maxLength: 4 }),
    incarnation: fc.constantFrom(INCARNATION, '77', undefined),
    recordedView: fc.constantFrom(viewId(2), viewId(3), viewId(2, '77'), undefined),
  })
  const routed = (
    check: (primary: string, view: string, evidence: RoutingEvidence, rows: readonly GroupRow[]) => void,
  ) =>
    fc.assert(
      fc.property(given, (one) => {
        const { primary: pod, viewId: view, rows: by } = route(one)
        if (pod !== undefined && view !== undefined) check(pod, view, one, by)
        else expect(pod ?? view).toBeUndefined()
      }),
      { numRuns: 3000 },
    )

  test('who gets the writes is the ONLINE primary of a view in which a majority is alive', () =>
    routed((pod, _, __, by) => {
      expect(by.find((one) => one.pod === pod)).toMatchObject({ state: 'ONLINE', role: 'PRIMARY' })
      expect(by.filter((one) => ['ONLINE', 'RECOVERING'].includes(one.state)).length * 2).toBeGreaterThan(by.length)
    }))

  test('the view is of the recorded incarnation', () =>
    routed((_, view, one) => expect(parseViewId(view)?.incarnation).toBe(one.incarnation)))

  test('the view is not older than the one by which writes were moved last', () =>
    routed((_, view, one) => {
      const last = parseViewId(one.recordedView ?? '')
      const chosen = parseViewId(view)
      if (last?.incarnation === one.incarnation) expect(chosen?.counter).toBeGreaterThanOrEqual(last?.counter ?? 0)
    }))
})

test.each<[string, Record<string, string> | undefined, string | undefined]>([
  ['the pod that it names', { [POD_NAME_LABEL]: podName(1) }, podName(1)],
  ['none, when it also asks for what someone added', { [POD_NAME_LABEL]: podName(1), app: 'x' }, undefined],
  ['none, when it asks for something else', { app: 'x' }, undefined],
  ['none, before the observer has moved it', undefined, undefined],
])('the write Service selects %s', (_, selector, selected) => {
  expect(selectedPod(selector)).toBe(selected)
})

test('role labels go to ONLINE members only', () => {
  expect([...roleLabels([primary(0), row(1), row(2, 'RECOVERING'), row(3, 'UNREACHABLE', 'PRIMARY')])]).toEqual([
    [podName(0), 'primary'],
    [podName(1), 'replica'],
  ])
})
