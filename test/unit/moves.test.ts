import { describe, expect, test } from '@jest/globals'
import { TIMELINE_LENGTH } from '../../crds/mysqlcluster-names.ts'
import { type TimelineEntry, TimelineEntrySchema } from '../../crds/mysqlcluster-status.ts'
import { entryOfMove, eventOfMove, kindOfMove, type Move, unnotedMoves, withMove } from '../../src/domain/moves.ts'
import { MOVES_ANNOTATION } from '../../src/domain/names.ts'
import type { Kinds } from '../../src/kubernetes/kinds.ts'
import { readMoves } from '../../src/kubernetes/moves.ts'
import { CREATED_AT, podName, primary, row } from '../support/snapshots.ts'

const move = (over: Partial<Move> = {}): Move => ({
  from: podName(0),
  to: podName(1),
  kind: 'failover',
  missed: CREATED_AT,
  moved: CREATED_AT + 6_500,
  ...over,
})
const entry = (over: Partial<TimelineEntry> = {}): TimelineEntry => ({
  at: new Date(CREATED_AT - 1_000).toISOString(),
  what: 'switchover',
  why: 'somebody asked',
  outcome: 'Succeeded',
  message: 'done',
  seconds: 10,
  ...over,
})
const handover = move({ kind: 'handover', moved: CREATED_AT + 400 })
const record = { id: 'id', subject: podName(1), why: 'asked', since: new Date(CREATED_AT - 100).toISOString() }

describe('a primary', () => {
  test.each<[string, Move['kind'], Parameters<typeof kindOfMove>[1], boolean]>([
    ['that is ONLINE beside the next one has handed over', 'handover', [row(0), primary(1), row(2)], false],
    ['that is not in the view any more was lost', 'failover', [primary(1), row(2)], false],
    ['that nobody hears was lost', 'failover', [row(0, 'UNREACHABLE'), primary(1), row(2)], false],
    ['whose pod was told to end has handed over, though it has left', 'handover', [primary(1), row(2)], true],
  ])('%s', (_, kind, rows, isEnding) => {
    expect(kindOfMove(podName(0), rows, isEnding)).toBe(kind)
  })
})

describe('a change of the primary', () => {
  test('is to be noted, from when the old one was missed, with the time until writes went to the new one', () => {
    const [unnoted] = unnotedMoves([move()], {})
    expect(unnoted).toEqual(move())
    const noted = entryOfMove(move())
    expect(TimelineEntrySchema.parse(noted)).toEqual(noted)
    expect(noted).toMatchObject({ what: 'failover', subject: podName(1), seconds: 6.5, outcome: 'Succeeded' })
    expect(noted.at).toBe(new Date(CREATED_AT).toISOString())
    expect(eventOfMove(move()).text).toMatchObject({ type: 'Warning', reason: 'FailedOver' })
    expect(eventOfMove(handover).text).toMatchObject({ type: 'Normal', reason: 'HandedOver' })
  })

  test('is noted once', () => {
    expect(unnotedMoves([move()], { timeline: [entry(), entryOfMove(move())] })).toEqual([])
  })

  test('is noted with those before it that were missed, oldest first', () => {
    const second = move({ from: podName(1), to: podName(0), missed: CREATED_AT + 60_000, moved: CREATED_AT + 61_000 })
    expect(unnotedMoves(withMove([move()], second), {})).toEqual([move(), second])
  })

  test('is not noted again when a full timeline has forgotten it', () => {
    const later = (n: number) => entry({ at: new Date(CREATED_AT + 10_000 + n).toISOString() })
    const timeline = Array.from({ length: TIMELINE_LENGTH }, (_, n) => later(n))
    expect(unnotedMoves([move()], { timeline })).toEqual([])
    expect(unnotedMoves([move()], { timeline: timeline.slice(1) })).toEqual([move()])
  })

  test.each<[string, Move, Parameters<typeof unnotedMoves>[1]]>([
    ['the first leads of writes anywhere', { ...move(), from: undefined } as unknown as Move, {}],
    ['a switchover that the observer knew of', { ...handover, during: 'switchover' }, {}],
    ['a switchover that is under way', handover, { procedure: { ...record, kind: 'switchover' } }],
    ['a switchover that has ended', handover, { timeline: [entry()] }],
    ['a group that was made again', move({ during: 'recoverOutage' }), {}],
    ['a person who decided', move(), { timeline: [entry({ what: 'failover' })] }],
  ])('is not noted for %s, as that tells of itself', (_, given, status) => {
    expect(unnotedMoves([given], status)).toEqual([])
  })

  test.each<[string, Move, Parameters<typeof unnotedMoves>[1]]>([
    ['the primary is lost during a switchover', move({ during: 'switchover' }), { timeline: [entry()] }],
    ['it hands over while a member is rebuilt', { ...handover, during: 'rebuild' }, {}],
    ['a switchover ended before', handover, { timeline: [entry({ seconds: 0.5 })] }],
    ['another failover was noted at that time', move({ to: podName(2) }), { timeline: [entryOfMove(move())] }],
  ])('is noted when %s', (_, given, status) => {
    expect(unnotedMoves([given], status)).toEqual([given])
  })
})

test('only the last moves are kept', () => {
  const many = Array.from({ length: 9 }, (_, n) => move({ moved: CREATED_AT + n }))
  const kept = many.reduce<readonly Move[]>(withMove, [])
  expect(kept.map(({ moved }) => moved - CREATED_AT)).toEqual([8, 7, 6, 5])
})

describe('the annotation', () => {
  const service = (text: string) =>
    ({ metadata: { annotations: { [MOVES_ANNOTATION]: text } } }) as unknown as Kinds['Service']

  test('gives back the moves', () => {
    const moves = [handover, move({ during: 'switchover' })]
    expect(readMoves(service(JSON.stringify(moves)))).toEqual(moves)
  })

  test.each(['', 'x', '{}', '[{"to":"shop-1"}]', '[null]'])('that somebody has spoilt is none: %s', (text) => {
    expect(readMoves(service(text))).toEqual([])
  })

  test('of a Service that is not there is none', () => {
    expect(readMoves(undefined)).toEqual([])
  })
})
