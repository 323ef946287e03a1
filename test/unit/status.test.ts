import { describe, expect, test } from '@jest/globals'
import { MySQLClusterStatusSchema, PHASES } from '../../crds/mysqlcluster-status.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import type { Snapshot } from '../../src/domain/snapshot.ts'
import { eventOf, type Report, statusOf } from '../../src/domain/status.ts'
import { CLUSTER, pod, podName, REF, serving, snapshot } from '../support/snapshots.ts'

const NOW = '2026-01-01T00:01:00.000Z'
const LATER = '2026-01-01T00:02:00.000Z'

const report = (given: Snapshot): Report => {
  const { state: _, ...judged } = diagnose(given, CLUSTER)
  return { ...judged, generation: given.generation, paused: given.paused, workflow: { id: 'w', runId: 'r' } }
}
const status = (given: Snapshot, before?: ReturnType<typeof statusOf>, now = NOW) =>
  statusOf(REF, report(given), before, 'cluster.local', now)
const condition = (of: ReturnType<typeof statusOf>, type: string) => of.conditions?.find((one) => one.type === type)

describe('the status', () => {
  test.each<[string, Snapshot]>([
    ['a new cluster', snapshot({ pods: [] })],
    ['a starting one', snapshot()],
    ['a healthy one', serving()],
    ['a paused one', serving({ paused: true })],
    ['a deleted one', serving({ deleting: true })],
  ])('of %s is one that the CRD takes', (_, given) => {
    expect(MySQLClusterStatusSchema.safeParse(status(given)).error?.issues).toBeUndefined()
  })

  test('counts pods and members', () => {
    expect(status(snapshot({ pods: [pod(0), pod(1)] }))).toMatchObject({ replicas: 2, availableReplicas: 0 })
    expect(status(serving())).toMatchObject({
      replicas: 3,
      availableReplicas: 3,
      primary: podName(0),
      version: '9.7.0',
      observedGeneration: 1,
      selector:
        'app.kubernetes.io/name=mysql,app.kubernetes.io/instance=shop,app.kubernetes.io/managed-by=temporal-mysql-operator',
      endpoints: { primary: 'shop-primary.default.svc.cluster.local:3306' },
    })
  })

  test('keeps the version while no primary tells it', () => {
    expect(status(snapshot(), status(serving())).version).toBe('9.7.0')
  })
})

describe('the version of a member', () => {
  const FULL = '9.7.4-2'
  const told = (versions: readonly (string | undefined)[], before?: ReturnType<typeof statusOf>) => {
    const given = report(serving())
    const members = given.members.map(({ version: _, ...member }, ordinal) => {
      const version = versions[ordinal]
      return version === undefined ? member : { ...member, version }
    })
    return statusOf(REF, { ...given, members }, before, 'cluster.local', NOW)
  }
  const shown = (...given: Parameters<typeof told>) => told(...given).members?.map(({ version }) => version)

  test.each<[string, readonly (string | undefined)[], readonly (string | undefined)[]]>([
    ['is what it says of itself', [FULL, FULL, '9.7.0'], [FULL, FULL, '9.7.0']],
    ['is that of the others of its number, where only the group tells it', [FULL, FULL, '9.7.4'], [FULL, FULL, FULL]],
    ['is no longer than what is known', ['9.7.4', '9.7.4', '9.7.4'], ['9.7.4', '9.7.4', '9.7.4']],
    ['is not taken from one of another number', [FULL, FULL, '9.7.40'], [FULL, FULL, '9.7.40']],
    ['is unknown of one that nobody tells of', [FULL, FULL, undefined], [FULL, FULL, undefined]],
  ])('%s', (_, versions, expected) => {
    expect(shown(versions)).toEqual(expected)
  })

  test('is what it was known to be, while only the group tells it', () => {
    const before = told(['9.7.4-1', '9.7.4-1', FULL])
    expect(shown(['9.7.4', '9.7.4', '9.7.4'], before)).toEqual(['9.7.4-1', '9.7.4-1', FULL])
    expect(told(['9.7.4', '9.7.4', '9.7.4'], before).version).toBe('9.7.4-1')
    expect(shown(['9.7.5', '9.7.4', undefined], before)).toEqual(['9.7.5', '9.7.4-1', undefined])
  })
})

describe('conditions', () => {
  test('say what is true of a healthy cluster', () => {
    const conditions = Object.fromEntries(status(serving()).conditions?.map(({ type, status: is }) => [type, is]) ?? [])
    expect(conditions).toEqual({
      Ready: 'True',
      Healthy: 'True',
      Progressing: 'False',
      Paused: 'False',
      AwaitingApproval: 'False',
    })
  })

  test('change their time only with their status', () => {
    const before = status(snapshot())
    const after = status(serving(), before, LATER)
    expect(condition(after, 'Ready')).toMatchObject({ status: 'True', lastTransitionTime: LATER })
    expect(condition(after, 'Paused')).toMatchObject({ status: 'False', lastTransitionTime: NOW })
  })

  test('say why the operator does nothing', () => {
    expect(condition(status(serving({ paused: true })), 'Paused')).toMatchObject({
      status: 'True',
      reason: 'PausedBySpec',
    })
  })

  test('say of which generation they speak', () => {
    const { conditions = [] } = status(serving({ generation: 7 }))
    expect(conditions.map(({ observedGeneration }) => observedGeneration)).toEqual([7, 7, 7, 7, 7])
  })
})

describe('an event', () => {
  const as = (phase: (typeof PHASES)[number], reason = 'Some') => ({
    phase,
    message: phase,
    conditions: [{ type: 'Healthy', status: 'False' as const, reason, message: '', lastTransitionTime: NOW }],
  })

  test('tells that a cluster became healthy, with the reason that people know', () => {
    expect(eventOf(as('Creating'), as('Healthy'), 'AllMembersOnline')).toMatchObject({
      type: 'Normal',
      reason: 'Synced',
    })
  })

  test.each(['Degraded', 'NoQuorum', 'Offline', 'Diverged', 'Blocked'] as const)('warns of %s', (phase) => {
    expect(eventOf(as('Healthy'), as(phase), 'Why')).toMatchObject({ type: 'Warning', reason: 'Why', note: phase })
  })

  test('is not repeated while nothing but a message changes', () => {
    for (const phase of PHASES)
      expect(eventOf(as(phase, 'Why'), { ...as(phase), message: 'new' }, 'Why')).toBeUndefined()
  })

  test('is told again when the reason of an alarm changes', () => {
    expect(eventOf(as('Blocked', 'ForcedSetting'), as('Blocked'), 'ErrResourceExists')).toMatchObject({
      type: 'Warning',
    })
  })

  test('tells that a cluster begins', () => {
    expect(eventOf(undefined, as('Creating'), 'Creating')).toMatchObject({ type: 'Normal', reason: 'Creating' })
  })
})
