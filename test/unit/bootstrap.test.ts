import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canStartOver, isFresh, judgeBootstrap } from '../../src/domain/bootstrap.ts'
import { isInGroup } from '../../src/domain/group.ts'
import { contains, parseGtidSet } from '../../src/domain/gtid.ts'
import type { MemberView, Snapshot } from '../../src/domain/snapshot.ts'
import {
  CREATED_AT,
  claim,
  errant,
  fallen,
  grouped,
  lonely,
  pod,
  podName,
  primary,
  RECORD,
  row,
  snapshot,
  transactions,
} from '../support/snapshots.ts'

const holding = (...last: number[]): MemberView[] =>
  last.map((number, ordinal) => lonely(ordinal, { holds: transactions(number) }))

describe('a new cluster', () => {
  test('starts from its first member that answers', () => {
    expect(judgeBootstrap(snapshot({ members: [lonely(2), lonely(1)] }))).toMatchObject({
      kind: 'Allowed',
      seed: podName(1),
    })
  })

  test('waits while no member answers', () => {
    expect(judgeBootstrap(snapshot())).toMatchObject({ kind: 'Wait', why: expect.stringContaining('a first member') })
  })

  test('goes on with the seed that was decided on, and with no other', () => {
    const group = { seed: podName(1), bootstraps: 1 }
    expect(judgeBootstrap(snapshot({ group, members: [lonely(0), lonely(1)] }))).toMatchObject({ seed: podName(1) })
    expect(judgeBootstrap(snapshot({ group, members: [lonely(0), lonely(2)] }))).toMatchObject({
      kind: 'Wait',
      why: expect.stringContaining(podName(1)),
    })
  })

  test('is not new when a volume is older than it', () => {
    expect(isFresh(snapshot({ claims: [claim(0, CREATED_AT - 1)] }))).toBe(false)
    expect(isFresh(snapshot({ claims: [claim(0, CREATED_AT)] }))).toBe(true)
  })

  test('is not new once a bootstrap succeeded, or a second one was decided on', () => {
    expect(isFresh(snapshot({ group: RECORD }))).toBe(false)
    expect(isFresh(snapshot({ group: { seed: podName(0), bootstraps: 2 } }))).toBe(false)
  })
})

describe('a cluster that may hold data', () => {
  test('starts from the lowest member that holds all transactions', () => {
    expect(judgeBootstrap(fallen(holding(90, 100, 100)))).toMatchObject({ kind: 'Allowed', seed: podName(1) })
  })

  test('counts ordinals as numbers', () => {
    const size = 11
    const members = Array.from({ length: size }, (_, ordinal) =>
      lonely(ordinal, { holds: transactions(ordinal > 1 ? 9 : 8) }),
    )
    expect(judgeBootstrap(fallen(members, { size }))).toMatchObject({ kind: 'Allowed', seed: podName(2) })
  })

  test('waits for a silent member, and names it', () => {
    expect(judgeBootstrap(fallen(holding(100, 100)))).toMatchObject({
      kind: 'Wait',
      why: expect.stringContaining(`silent: ${podName(2)}`),
    })
  })

  test('waits for a member that has no pod yet', () => {
    expect(judgeBootstrap(fallen(holding(100, 100), { pods: [pod(0), pod(1)] })).kind).toBe('Wait')
  })

  test('has diverged when no member holds all transactions, and says who alone has what', () => {
    const members = [lonely(0, { holds: errant(0) }), lonely(1, { holds: errant(1) }), lonely(2)]
    expect(judgeBootstrap(fallen(members))).toEqual({
      kind: 'Diverged',
      why: `${podName(0)} alone has ${errant(0)}; ${podName(1)} alone has ${errant(1)}`,
    })
  })

  test('does not start while a volume beyond its size may hold newer data', () => {
    const claims = [claim(0), claim(1), claim(2), claim(3, CREATED_AT - 1)]
    expect(judgeBootstrap(fallen(holding(1, 1, 1), { claims }))).toMatchObject({
      kind: 'UnknownData',
      why: expect.stringContaining(`data-${podName(3)}`),
    })
  })

  test('starts beside a volume beyond its size that was made in its life, as no member on it was ever let in', () => {
    const claims = [claim(0), claim(1), claim(2), claim(3)]
    expect(judgeBootstrap(fallen(holding(1, 1, 1), { claims }))).toMatchObject({ kind: 'Allowed' })
  })

  test('does not start while a member is in a group', () => {
    const members = [...holding(100), grouped(1, [primary(1)]), lonely(2)]
    expect(judgeBootstrap(fallen(members))).toMatchObject({ kind: 'GroupExists', why: `${podName(1)} is in a group` })
  })
})

describe('for all clusters', () => {
  const holds = fc
    .array(fc.tuple(fc.constantFrom(transactions(1), errant(0), errant(1), errant(2)), fc.boolean()))
    .map((parts) => parts.map(([gtid]) => gtid).join(','))
  const cluster: fc.Arbitrary<Snapshot> = fc
    .record({
      size: fc.integer({ min: 1, max: 5 }),
      answering: fc.array(fc.record({ holds, joined: fc.constantFrom('OFFLINE', 'ERROR', 'ONLINE', 'RECOVERING') }), {
        maxLength: 6,
      }),
      pods: fc.integer({ min: 0, max: 6 }),
      claimAges: fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 6 }),
      bootstraps: fc.integer({ min: 0, max: 3 }),
      formed: fc.boolean(),
    })
    .map(({ size, answering, pods, claimAges, bootstraps, formed }) =>
      snapshot({
        size,
        pods: Array.from({ length: Math.max(pods, answering.length) }, (_, ordinal) => pod(ordinal)),
        claims: claimAges.map((age, ordinal) => claim(ordinal, CREATED_AT + age)),
        ...(bootstraps > 0
          ? { group: { seed: podName(0), bootstraps, ...(formed ? { incarnation: RECORD.incarnation } : {}) } }
          : {}),
        members: answering.map((one, ordinal) =>
          lonely(ordinal, { holds: one.holds, rows: [row(ordinal, one.joined as 'ONLINE')] }),
        ),
      }),
    )
  const allowed = (check: (seed: MemberView, given: Snapshot) => void): void =>
    fc.assert(
      fc.property(cluster, (given) => {
        const verdict = judgeBootstrap(given)
        if (verdict.kind !== 'Allowed') return
        const seed = given.members.find((member) => member.pod === verdict.seed)
        expect(seed).toBeDefined()
        if (seed) check(seed, given)
      }),
      { numRuns: 2000 },
    )

  test('an allowed seed lacks nothing that an answering member holds, unless the cluster is new', () =>
    allowed((seed, given) => {
      if (isFresh(given)) return
      for (const { holds: theirs } of given.members)
        expect(contains(parseGtidSet(seed.holds), parseGtidSet(theirs))).toBe(true)
    }))

  test('nothing is allowed while a member is in a group', () =>
    allowed((_, given) => expect(given.members.some(isInGroup)).toBe(false)))

  test('nothing is allowed while a member is silent, unless the cluster is new', () =>
    allowed((_, given) => {
      if (!isFresh(given)) expect(given.members.length).toBe(given.pods.length)
    }))

  test('a bootstrap that was decided on is finished by its own seed, while the cluster is new', () =>
    allowed((seed, given) => {
      if (isFresh(given) && given.group) expect(seed.pod).toBe(given.group.seed)
    }))
})

describe('pods are made anew from another declaration', () => {
  const decided = { seed: podName(1), bootstraps: 1 }

  test.each<[string, Partial<Snapshot>, number, boolean]>([
    ['before a group was decided on', {}, 1, true],
    ['while the group that was decided on does not form', { group: decided, members: [lonely(1)] }, 3, true],
    ['not when its seed would go', { group: decided }, 1, false],
    ['not while a member is in a group', { group: decided, members: [grouped(1, [row(1)])] }, 3, false],
    ['not once a group has formed', { group: RECORD }, 3, false],
    ['not while a group that once was is made again', { group: { seed: podName(0), bootstraps: 2 } }, 3, false],
  ])('%s', (_, over, size, may) => {
    expect(canStartOver(snapshot(over), size)).toBe(may)
  })
})
