import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import { ERRORS } from '../../src/domain/errors.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import {
  CLUSTER,
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
  serving,
  snapshot,
  transactions,
  viewId,
} from '../support/snapshots.ts'

const judged = (given: Snapshot) => diagnose(given, CLUSTER)
const threeRows = [primary(0), row(1), row(2)]
const lostQuorum = [row(0, 'UNREACHABLE'), row(1, 'UNREACHABLE'), row(2)]
const refused = {
  kind: 'Refused',
  replicas: 0,
  reason: 'ForcedSetting',
  message: 'spec.config.port cannot be set',
} as const

describe('a cluster is', () => {
  test.each<[string, Snapshot, string, string]>([
    ['Deleting, whatever else it is', serving({ deleting: true }), 'Deleting', 'Deleting'],
    ['Blocked by what its declaration says', snapshot({ objects: refused }), 'Blocked', 'ForcedSetting'],
    ['Creating before it has objects', snapshot({ objects: { kind: 'Absent' }, pods: [] }), 'Creating', 'Creating'],
    ['Creating before a member answers', snapshot(), 'Creating', 'MembersStarting'],
    ['Creating before it has a group', snapshot({ members: [lonely(0)] }), 'Creating', 'MembersStarting'],
    ['Healthy when all members are online and writes follow the primary', serving(), 'Healthy', 'AllMembersOnline'],
    ['Healthy as one member', serving({ size: 1 }), 'Healthy', 'AllMembersOnline'],
    [
      'Degraded when a member is missing',
      serving({ size: 4, members: serving().members }),
      'Degraded',
      'MembersMissing',
    ],
    [
      'Degraded when all members are online and the writes do not follow the primary',
      serving({ writes: podName(1) }),
      'Degraded',
      'WritesNotServed',
    ],
    ['Offline when it once had a group and all are down', fallen([]), 'Offline', 'AllMembersDown'],
    [
      'Diverged when no member holds all',
      fallen([lonely(0, { holds: errant(0) }), lonely(1, { holds: errant(1) }), lonely(2)]),
      'Diverged',
      'DivergedData',
    ],
    [
      'Blocked by a volume beyond its size',
      fallen([lonely(0), lonely(1), lonely(2)], { claims: [claim(3, CREATED_AT - 1)] }),
      'Blocked',
      'RetainedVolumes',
    ],
    [
      'without quorum when those in the group see no majority',
      snapshot({ group: RECORD, members: [grouped(2, lostQuorum)] }),
      'NoQuorum',
      'MajorityLost',
    ],
    [
      'Blocked by a change that cannot be made yet, while it serves',
      serving({ objects: { kind: 'ChangeUnsupported', replicas: 3, fields: ['spec.image'] } }),
      'Blocked',
      'NotSupportedYet',
    ],
    [
      'Creating when its group is not on record',
      snapshot({ members: [grouped(0, [primary(0)])] }),
      'Creating',
      'GroupFound',
    ],
  ])('%s', (_, given, phase, reason) => {
    expect(judged(given)).toMatchObject({ phase, reason })
  })
})

describe('a cluster is ready', () => {
  test('exactly while the write Service selects the primary of the believed view', () => {
    expect(judged(serving())).toMatchObject({ ready: true, healthy: true, primary: podName(0) })
    expect(judged(serving({ writes: podName(1) }))).toMatchObject({ ready: false, healthy: false })
    expect(judged(serving({ refused: true }))).toMatchObject({ ready: false, healthy: false })
    const { writes: _, ...unrouted } = serving()
    expect(judged(unrouted)).toMatchObject({ ready: false, healthy: false })
  })

  test('while a change is blocked', () => {
    const objects = { kind: 'ChangeUnsupported', replicas: 3, fields: ['spec.image', 'spec.pod'] } as const
    const diagnosis = judged(serving({ objects }))
    expect(diagnosis).toMatchObject({ ready: true, healthy: false })
    expect(diagnosis.message).toContain('spec.image, spec.pod')
  })

  test('never without a group, a majority or objects', () => {
    const unready = [
      snapshot(),
      fallen([]),
      snapshot({ group: RECORD, members: [grouped(2, lostQuorum)], writes: podName(2) }),
    ]
    for (const given of unready) expect(judged(given)).toMatchObject({ ready: false, healthy: false })
  })
})

describe('the view that is believed', () => {
  test('is the newest one of the recorded incarnation', () => {
    const stale = grouped(0, threeRows, { viewId: viewId(3) })
    const rows = [row(0, 'UNREACHABLE'), primary(1), row(2)]
    const fresh = [1, 2].map((ordinal) => grouped(ordinal, rows, { viewId: viewId(4) }))
    expect(judged(serving({ members: [stale, ...fresh] })).primary).toBe(podName(1))
  })

  test('is never one of another incarnation', () => {
    const members = [grouped(0, [primary(0)], { viewId: viewId(99, '42') }), lonely(1), lonely(2)]
    expect(judged(serving({ members })).state).toEqual({ kind: 'Unrecorded', incarnation: '42', seed: podName(0) })
  })
})

describe('a primary that is silent', () => {
  const silent = (ready: 'True' | 'False', before = podName(0)) => {
    const rows = [primary(0), row(1), row(2)]
    const conditions = [{ type: 'Ready', status: ready, reason: 'x', message: '', lastTransitionTime: '' }] as const
    const status = { phase: 'Degraded', primary: before, conditions } as unknown as Snapshot['status']
    return judged(serving({ members: [grouped(1, rows), grouped(2, rows)], ...(status ? { status } : {}) }))
  }

  test('takes writes as far as is known if it did before', () => {
    expect(silent('True').ready).toBe(true)
  })

  test('is not said to take writes that it did not take before', () => {
    expect(silent('False').ready).toBe(false)
    expect(silent('True', podName(1)).ready).toBe(false)
  })
})

describe('a cluster that is not whole says which member is missing, why, and whether writes wait', () => {
  const one = [primary(0), row(1)]
  const two = (over: Partial<Snapshot> = {}, rows = one) =>
    serving({ size: 3, pods: [pod(0), pod(1), pod(2)], members: [grouped(0, rows), grouped(1, rows)], ...over })
  const { writes: _, ...unrouted } = two()
  const elected = 'shop-0 begins to take writes, and the write Service to select it'
  const noPod = 'shop-2 has no pod; if that lasts, the events of the StatefulSet say why'
  const unreachable = [primary(0), row(1), row(2, 'UNREACHABLE')]
  const leaderless = [row(0), row(1), row(2, 'UNREACHABLE')]
  const readOnly = grouped(0, threeRows, { readOnly: true })
  const pulls = { kind: 'Waiting', reason: 'ErrImagePull', message: 'no such host' } as const
  const cannotPull = pod(2, { ready: false, image: 'mysql:9.7', trouble: pulls })

  test.each<[string, Snapshot, string]>([
    ['it has no pod', two({ pods: [pod(0), pod(1)] }), `2 of 3 members are online: ${noPod}.`],
    [
      'it starts',
      two({ pods: [pod(0), pod(1), pod(2, { ready: false })] }),
      '2 of 3 members are online: shop-2 starts.',
    ],
    ['it is silent', two(), '2 of 3 members are online: shop-2 does not answer.'],
    ['the group has lost it', two({}, unreachable), '2 of 3 members are online: the group does not reach shop-2.'],
    [
      'the group has lost it and it has no pod',
      two({ pods: [pod(0), pod(1)] }, unreachable),
      `2 of 3 members are online: ${noPod}.`,
    ],
    [
      'it is gone, and writes are not routed',
      { ...unrouted, pods: [pod(0), pod(1)] },
      `2 of 3 members are online: ${noPod}. Writes wait until ${elected}.`,
    ],
    [
      'the primary is lost, and none is elected',
      two({}, leaderless),
      '2 of 3 members are online: the group does not reach shop-2. Writes wait until the group has elected a primary.',
    ],
    [
      'the trouble of its pod is known, and writes are not routed',
      { ...unrouted, pods: [pod(0), pod(1), cannotPull] },
      `2 of 3 members are online: spec.image: mysql:9.7 cannot be pulled (no such host). ${ERRORS.ImageUnavailable.remedy} Writes wait until ${elected}.`,
    ],
    [
      'none is, and the primary applies what it had received',
      serving({ members: [readOnly, grouped(1, threeRows), grouped(2, threeRows)] }),
      `3 of 3 members are online: writes wait until ${elected}.`,
    ],
    [
      'none is, and the write Service selects another one',
      serving({ writes: podName(1) }),
      `3 of 3 members are online: writes wait until ${elected}.`,
    ],
  ])('when %s', (__, given, message) => {
    expect(judged(given).message).toBe(message)
  })

  test('when the others are all down, too', () => {
    const pods = [pod(0), pod(1, { ready: false })]
    expect(judged(fallen([lonely(0)], { pods })).message).toBe(
      'No member is in a group: waiting for every member to answer, to find the one with all transactions; silent: shop-1; without a pod: shop-2.',
    )
  })

  test('with words that differ only where the published status differs elsewhere, too', () => {
    const cases = [two(), unrouted, two({}, unreachable), two({}, leaderless), serving({ writes: podName(1) })]
    const rest = (given: Snapshot) => {
      const { state: _state, message: _message, ...others } = judged(given)
      return JSON.stringify(others)
    }
    const others = new Set(cases.map(rest))
    const messages = new Set(cases.map((given) => judged(given).message))
    expect(messages.size).toBe(others.size)
  })
})

describe('members', () => {
  test('are shown as the group sees them', () => {
    const rows = [primary(0), row(1, 'RECOVERING'), row(2)]
    const members = [grouped(0, rows), lonely(3)]
    const pods = [pod(0), pod(1), pod(2, { ready: true }), pod(3)]
    expect(judged(serving({ size: 4, pods, members })).members).toEqual([
      { name: podName(0), state: 'ONLINE', role: 'primary', version: '9.7.0' },
      { name: podName(1), state: 'RECOVERING', role: 'none', version: '9.7.0' },
      { name: podName(2), state: 'ONLINE', role: 'replica', version: '9.7.0' },
      { name: podName(3), state: 'OFFLINE', role: 'none', version: '9.7.0' },
    ])
  })

  test('without a pod are Missing, silent ones Starting or Unreachable', () => {
    const pods = [pod(0, { ready: false }), pod(1)]
    const states = judged(snapshot({ pods })).members.map(({ state }) => state)
    expect(states).toEqual(['Starting', 'Unreachable', 'Missing'])
  })

  test('that are not in the group are named in the message', () => {
    const rows = [primary(0), row(1, 'RECOVERING')]
    const members = [grouped(0, rows), grouped(1, rows), lonely(2)]
    expect(judged(serving({ members })).message).toBe(
      `1 of 3 members are online: ${podName(1)} is recovering, ${podName(2)} is not in the group.`,
    )
  })

  test('that the group expelled count as outside it', () => {
    const rows = [primary(0), row(1), row(2, 'ERROR')]
    expect(judged(serving({ members: [grouped(0, rows)] })).state).toMatchObject({ outside: [podName(2)] })
  })
})

test('the first problem of a new cluster does not make it Degraded before it was ever whole', () => {
  const { status: _, ...rest } = serving({ members: [grouped(0, [primary(0)])] })
  expect(judged(rest)).toMatchObject({ phase: 'Creating', reason: 'MembersJoining' })
})

test('a retained volume makes a new cluster wait for every member', () => {
  const claims = [claim(0, CREATED_AT - 1)]
  const given = snapshot({ claims, members: [lonely(0, { holds: transactions(9) })] })
  expect(judged(given).message).toContain(`silent: ${podName(1)}, ${podName(2)}`)
})

describe('whatever is wrong with the declaration', () => {
  const objects = { kind: 'Refused', replicas: 3, reason: 'ForcedSetting', message: 'spec.config.port: no' } as const

  test('members that serve go on serving, and say so', () => {
    const diagnosis = diagnose(serving({ objects }), CLUSTER)
    expect(diagnosis).toMatchObject({ phase: 'Blocked', ready: true, healthy: false, reason: 'ForcedSetting' })
    expect(diagnosis.primary).toBe(podName(0))
  })
})

test('an incomplete Secret is shown as what it is, and not as an outage', () => {
  const objects = {
    kind: 'Refused',
    replicas: 3,
    reason: 'SecretIncomplete',
    message: 'Secret shop-tls has no ca.crt',
  } as const
  const silent = diagnose(snapshot({ objects, group: RECORD, members: [] }), CLUSTER)
  expect(silent).toMatchObject({ phase: 'Blocked', reason: 'SecretIncomplete', ready: false })
})

test('a second bootstrap that is under way leaves the cluster Offline, not new', () => {
  const group = { seed: podName(0), bootstraps: 2 }
  expect(diagnose(snapshot({ group, members: [lonely(0)] }), CLUSTER).phase).toBe('Offline')
})

test('a member that holds transactions of its own is named with them', () => {
  const rows = [primary(0), row(1)]
  const members = [grouped(0, rows), grouped(1, rows), lonely(2, { holds: errant(2) })]
  const { message } = diagnose(serving({ members }), CLUSTER)
  expect(message).toContain(`${podName(2)} holds transactions that the group does not have (${errant(2)})`)
})
