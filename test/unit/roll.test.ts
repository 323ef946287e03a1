import { describe, expect, test } from '@jest/globals'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { judgeRoll, type RollVerdict } from '../../src/domain/roll.ts'
import type { GroupRow, PodTrouble, PodView, Snapshot } from '../../src/domain/snapshot.ts'
import { CLUSTER, grouped, lonely, pod, podName, primary, row, serving, transactions } from '../support/snapshots.ts'

const judged = (given: Snapshot): RollVerdict => judgeRoll(given, diagnose(given, CLUSTER))
const chosen = (given: Snapshot) => chooseStep(given, diagnose(given, CLUSTER))
const group = (rows: readonly GroupRow[], over = {}) =>
  rows.map(({ pod: name }) => grouped(Number(name.slice(-1)), rows, over))

const pending = ['spec.image']
/** Pods of which those with these ordinals were made from an older declaration. */
const outdated = (...ordinals: readonly number[]): { template: string; pods: readonly PodView[] } => ({
  template: 'new',
  pods: [0, 1, 2].map((ordinal) => pod(ordinal, { made: ordinals.includes(ordinal) ? 'old' : 'new' })),
})
const noImage: PodTrouble = { kind: 'Waiting', reason: 'ErrImagePull', message: 'not found' }
const withTrouble = (pods: readonly PodView[], ordinal: number, made: string): readonly PodView[] =>
  pods.map((one) => (one.ordinal === ordinal ? { ...one, made, trouble: noImage } : one))
const trialPod = (trouble?: PodTrouble): PodView => ({
  ...pod(0),
  name: `${CLUSTER}-trial`,
  ...(trouble ? { trouble } : {}),
})
const twoLeft = group([primary(0), row(1)])

describe('a change of what members are made from', () => {
  test.each<[string, Snapshot, object]>([
    ['is none where all are as declared', serving(outdated()), { kind: 'None' }],
    ['is none for pods that do not say what they were made from', serving({ template: 'new' }), { kind: 'None' }],
    [
      'begins with what pods are made from after that',
      serving({ pending }),
      { kind: 'Release', pod: podName(2), fields: pending },
    ],
    [
      'is tried first, where nobody has tried it',
      serving({ pending, trial: { kind: 'None' } }),
      { kind: 'Try', fields: pending },
    ],
    [
      'waits for the trial',
      serving({ pending, trial: { kind: 'UnderWay', pod: trialPod() } }),
      { kind: 'Wait', why: 'spec.image: whether members can be made so is being tried' },
    ],
    [
      'is taken over once the trial has ended well',
      serving({ pending, trial: { kind: 'Passed', made: 'next' } }),
      { kind: 'Release', pod: podName(2), fields: pending },
    ],
    [
      'names the replica that is renewed first then',
      serving({
        pending,
        trial: { kind: 'Passed', made: 'next' },
        ...outdated(),
        members: group([row(0), row(1), primary(2)]),
        writes: podName(2),
      }),
      { kind: 'Release', pod: podName(1) },
    ],
    [
      'names the one that alone was made otherwise, where the old declaration is put back',
      serving({ pending, trial: { kind: 'Passed', made: 'old' }, ...outdated(0, 1) }),
      { kind: 'Release', pod: podName(2) },
    ],
    [
      'renews the replica of the highest ordinal first',
      serving(outdated(0, 1, 2)),
      { kind: 'Replace', pod: podName(2) },
    ],
    ['renews the other replicas next', serving(outdated(0, 1)), { kind: 'Replace', pod: podName(1) }],
    [
      'makes the primary hand over before it is renewed, as the last one',
      serving(outdated(0)),
      { kind: 'HandOver', pod: podName(0), to: podName(1) },
    ],
    [
      'goes on with the one that was the primary before',
      serving({ ...outdated(0), members: group([row(0), primary(1), row(2)]), writes: podName(1) }),
      { kind: 'Replace', pod: podName(0) },
    ],
    [
      'lets the primary end where the others are newer, and cannot take over from it',
      serving({
        ...outdated(0),
        members: [grouped(0, [primary(0), row(1), row(2)], { version: '8.4.0' })].concat(
          group([primary(0), row(1), row(2)]).slice(1),
        ),
      }),
      { kind: 'Replace', pod: podName(0) },
    ],
    [
      'renews the only member of a cluster of one',
      serving({ ...outdated(0), size: 1, pods: outdated(0).pods.slice(0, 1), members: group([primary(0)]) }),
      { kind: 'Replace', pod: podName(0) },
    ],
    [
      'waits until the one that was renewed is ONLINE',
      serving({ ...outdated(0, 1), members: [...twoLeft, lonely(2, { holds: transactions(90) })] }),
      { kind: 'Wait', why: 'shop-2 must be ONLINE before' },
    ],
    [
      'waits for the word of the member itself, as that of its group may be of its pod before',
      serving({ ...outdated(0, 1), members: group([primary(0), row(1), row(2)]).slice(0, 2) }),
      { kind: 'Wait', why: 'shop-2 must be ONLINE before' },
    ],
    [
      'stops at the first one that does not start',
      serving({ ...outdated(0, 1), pods: withTrouble(outdated(0, 1).pods, 2, 'new'), members: twoLeft }),
      { kind: 'Wait', why: 'shop-2 must be ONLINE before' },
    ],
    [
      'takes over what mends it, whatever is amiss',
      serving({ pending, ...outdated(0, 1), pods: withTrouble(outdated(0, 1).pods, 2, 'new'), members: twoLeft }),
      { kind: 'Release' },
    ],
    [
      'renews one that does not run before all others',
      serving({
        ...outdated(0, 1, 2),
        pods: withTrouble(outdated(0, 1, 2).pods, 1, 'old'),
        members: group([primary(0), row(2)]),
      }),
      { kind: 'Replace', pod: podName(1) },
    ],
    [
      'renews the members that do not run of a cluster that is down',
      serving({ ...outdated(0, 1, 2), pods: withTrouble(outdated(0, 1, 2).pods, 1, 'old'), members: [] }),
      { kind: 'Replace', pod: podName(1) },
    ],
    [
      'waits until writes are served',
      serving({ ...outdated(0, 1, 2), writes: podName(1) }),
      { kind: 'Wait', why: 'the cluster must take writes before a member is renewed' },
    ],
    [
      'waits while something else of the declaration cannot be done',
      serving({ pending, objects: { kind: 'ChangeUnsupported', replicas: 3, fields: ['spec.storage.size'] } }),
      { kind: 'Wait', why: 'what else is amiss with the declaration comes first' },
    ],
  ])('%s', (_, given, expected) => {
    expect(judged(given)).toMatchObject(expected)
  })
})

describe('the next step of a cluster that changes', () => {
  test('renews a member in a workflow of its own', () => {
    expect(chosen(serving(outdated(2)))).toEqual({
      kind: 'Run',
      procedure: { kind: 'renewMember', subject: podName(2), why: 'it was made from an older declaration' },
    })
  })
  test('tries what is declared before any member is touched', () => {
    expect(chosen(serving({ pending, trial: { kind: 'None' } }))).toEqual({ kind: 'Try', fields: pending })
  })
  test('is to look again while a trial does not say why it does not begin, and to rest once it does', () => {
    expect(chosen(serving({ pending, trial: { kind: 'UnderWay', pod: trialPod() } }))).toMatchObject({
      kind: 'Wait',
      again: 5_000,
    })
    expect(chosen(serving({ pending, trial: { kind: 'UnderWay', pod: trialPod(noImage) } }))).toEqual({ kind: 'Rest' })
  })
  test('is none while it is paused', () => {
    expect(chosen(serving({ ...outdated(2), paused: true }))).toEqual({ kind: 'Rest' })
  })
  test('renews members before their number is changed', () => {
    expect(chosen(serving({ pending, wanted: 5 }))).toMatchObject({ procedure: { kind: 'renewMember' } })
  })
})

describe('what people read', () => {
  const told = (given: Snapshot) => {
    const { phase, ready, healthy, reason, message } = diagnose(given, CLUSTER)
    return { phase, ready, healthy, reason, message }
  }
  test('is that members are renewed, and writes are served', () => {
    expect(told(serving(outdated(0, 1)))).toEqual({
      phase: 'Changing',
      ready: true,
      healthy: false,
      reason: 'Rolling',
      message: 'All 3 members are online, and these are renewed one by one, as declared: shop-1, shop-0.',
    })
  })
  test.each<[PodTrouble, string, RegExp]>([
    [noImage, 'ImageUnavailable', /^spec\.image: .* cannot be pulled \(not found\)/],
    [
      { kind: 'Ended', code: 92, reason: 'Error', said: "unknown variable 'max_connexions=5'" },
      'InvalidSetting',
      /^spec\.config\.max_connexions: /,
    ],
    [
      { kind: 'Ended', code: 91, reason: 'Error', said: 'MySQL 5.7.44 is older than 8.0.27' },
      'VersionNotSupported',
      /^spec\.image: .*: MySQL 5\.7\.44 is older than 8\.0\.27/,
    ],
  ])('is what the trial has found, and that members were left as they were: %j', (trouble, reason, message) => {
    const found = told(serving({ pending, trial: { kind: 'UnderWay', pod: trialPod(trouble) } }))
    expect(found).toMatchObject({ phase: 'Blocked', ready: true, healthy: false, reason })
    expect(found.message).toMatch(message)
    expect(found.message).toMatch(/ Members were left as they were\.$/)
  })
  test('is why it stopped at one that does not start', () => {
    const status = { phase: 'Changing' } as const
    const pods = withTrouble(outdated(0, 1).pods, 2, 'new')
    expect(told(serving({ status, ...outdated(0, 1), pods, members: twoLeft }))).toMatchObject({
      phase: 'Degraded',
      ready: true,
      reason: 'ImageUnavailable',
      message: expect.stringContaining('What was declared otherwise waits: shop-2 must be ONLINE before.'),
    })
  })
})

describe('a change that waits for a member that is silent', () => {
  const silent = { ...outdated(0, 1), members: group([primary(0), row(1), row(2)]).slice(0, 2) }

  test('is looked at again soon, as nobody tells of it', () => {
    expect(chosen(serving(silent))).toEqual({ kind: 'Wait', why: 'shop-2 must answer before', again: 10_000 })
  })

  test('rests while the cluster is paused', () => {
    expect(chosen(serving({ ...silent, paused: true })).kind).toBe('Rest')
  })
})
