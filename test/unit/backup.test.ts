import { describe, expect, test } from '@jest/globals'
import type { V1Container } from '@kubernetes/client-node'
import { TaskSchema } from '../../src/agent/task.ts'
import { backupJobName, backupPath, chooseDonor, nextBackup } from '../../src/domain/backup.ts'
import { judgeBootstrap } from '../../src/domain/bootstrap.ts'
import { stateOf } from '../../src/domain/cluster-state.ts'
import { chooseStep } from '../../src/domain/course.ts'
import { diagnose } from '../../src/domain/diagnose.ts'
import { ACCOUNTS, ACCOUNTS_AGAIN, SYSTEM_ACCOUNTS } from '../../src/domain/objects/accounts.ts'
import { backupJob } from '../../src/domain/objects/backup-job.ts'
import { restoredClaim, restoreJob } from '../../src/domain/objects/restore-job.ts'
import { statefulSet } from '../../src/domain/objects/statefulset.ts'
import { verifyJob } from '../../src/domain/objects/verify-job.ts'
import type { PodView, Snapshot } from '../../src/domain/snapshot.ts'
import { input } from '../support/clusters.ts'
import { CLUSTER, grouped, lonely, pod, podName, primary, REF, row, serving, snapshot } from '../support/snapshots.ts'

const NONE = { copy: { state: 'None' } } as const
const trio = [primary(0), row(1), row(2)]
const backup = { name: 'nightly', uid: '1a2b3c4d-0000-4000-8000-000000000001' }
const backups = [backup]

const pods = (over: readonly Partial<PodView>[] = []): readonly PodView[] =>
  [0, 1, 2].map((ordinal) => pod(ordinal, { image: 'mysql:9.7', ...over[ordinal] }))

const whole = (over: Partial<Snapshot> = {}): Snapshot =>
  serving({ pods: pods(), members: [0, 1, 2].map((ordinal) => grouped(ordinal, trio, NONE)), ...over })

const donor = (given: Snapshot) => {
  const verdict = chooseDonor(given, stateOf(given))
  return verdict.kind === 'Donor' ? verdict.pod : verdict.why
}

describe('a backup copies', () => {
  test('a replica', () => {
    expect(donor(whole())).toBe(podName(1))
  })

  test('the replica with the least to apply', () => {
    const members = [grouped(0, trio, NONE), grouped(1, trio, { ...NONE, queue: 500 }), grouped(2, trio, NONE)]
    expect(donor(whole({ members }))).toBe(podName(2))
  })

  test.each<[string, Partial<Snapshot>]>([
    ['is being deleted', { pods: pods([{}, { deleting: true }]) }],
    [
      'is being copied to',
      { members: [grouped(0, trio, NONE), grouped(1, trio, { copy: { state: 'UnderWay' } }), grouped(2, trio, NONE)] },
    ],
    ['does not answer', { members: [grouped(0, trio, NONE), grouped(2, trio, NONE)] }],
    [
      'is in the hands of a procedure',
      {
        status: {
          phase: 'Degraded',
          procedure: { id: 'p', kind: 'rebuild', subject: podName(1), why: 'asked', since: '2026-01-01T00:00:00Z' },
        },
      },
    ],
  ])('another one when that %s', (_, over) => {
    expect(donor(whole(over))).toBe(podName(2))
  })

  test.each(['scaleOut', 'scaleIn', 'renewMember'] as const)('nobody during %s', (kind) => {
    const procedure = { id: 'p', kind, subject: podName(2), why: 'asked', since: '2026-01-01T00:00:00Z' }
    expect(donor(whole({ status: { phase: 'Changing', procedure } }))).toMatch(/: under way$/)
  })

  test('the primary when there is no replica', () => {
    const alone = serving({ size: 1, pods: pods().slice(0, 1), members: [grouped(0, [primary(0)], NONE)] })
    expect(donor(alone)).toBe(podName(0))
  })

  test('nobody while no group serves, or nobody is free', () => {
    expect(donor(snapshot())).toBe('no group serves')
    expect(donor(whole({ pods: pods([{ deleting: true }, { deleting: true }, { deleting: true }]) }))).toMatch(
      /^no member is/,
    )
  })
})

describe('the next step', () => {
  const chosen = (given: Snapshot) => chooseStep(given, diagnose(given, CLUSTER))

  test('is a backup that was asked for, when nothing else is to be done', () => {
    expect(chosen(whole({ backups }))).toEqual({ kind: 'BackUp', backup })
  })

  test('is a repair before it', () => {
    const members = [grouped(0, [primary(0), row(2)], NONE), lonely(1, NONE), grouped(2, [primary(0), row(2)], NONE)]
    expect(chosen(whole({ backups, members }))).toMatchObject({ kind: 'Run', procedure: { kind: 'rejoin' } })
  })

  test('is a backup also while a member is missing and nobody can help it', () => {
    const members = [grouped(0, [primary(0), row(2)], NONE), grouped(2, [primary(0), row(2)], NONE)]
    expect(chosen(whole({ backups, members }))).toEqual({ kind: 'BackUp', backup })
  })

  test('is no backup of a paused cluster, nor of one that does not serve', () => {
    expect(chosen(whole({ backups, paused: true }))).toEqual({ kind: 'Rest' })
    expect(nextBackup(snapshot({ backups }), stateOf(snapshot({ backups })))).toBeUndefined()
  })

  test('is one backup at a time, the oldest', () => {
    const second = { name: 'second', uid: '2' }
    expect(chosen(whole({ backups: [{ ...backup, phase: 'Running' }, second] }))).toEqual({ kind: 'BackUp', backup })
  })

  test('is none that somebody sees to, and it holds up changes all the same', () => {
    const attended = [{ ...backup, phase: 'Running' as const, attended: true as const }]
    expect(chosen(whole({ backups: attended }))).toEqual({ kind: 'Rest' })
    expect(chosen(whole({ backups: attended, wanted: 5 }))).toEqual({ kind: 'Rest' })
  })

  const running = [{ ...backup, phase: 'Running' as const }]
  const outdated = {
    template: 'new',
    pods: pods([{ made: 'new' }, { made: 'old' }, { made: 'new' }]),
  }

  test.each<[string, Partial<Snapshot>]>([
    ['to grow', { wanted: 4 }],
    ['to shrink', { wanted: 1 }],
    ['to be renewed', outdated],
    ['to be made otherwise', { pending: ['spec.image'] }],
  ])('is the backup that is being made, and what is declared %s waits for it, and says so', (_, over) => {
    const given = whole({ backups: running, ...over })
    expect(chosen(given)).toEqual({ kind: 'BackUp', backup })
    expect(diagnose(given, CLUSTER).message).toMatch(/ MySQLBackup nightly is made first\.$/)
    expect(chosen(whole({ backups: [{ ...backup, phase: 'Pending' }], ...over }))).toMatchObject({ kind: 'Run' })
  })

  test('is to renew a member that does not serve, backup or not', () => {
    const rows = [primary(0), row(2)]
    const trouble = { kind: 'Waiting', reason: 'ErrImagePull', message: 'not found' } as const
    const broken = whole({
      backups: running,
      template: 'new',
      pods: pods([{ made: 'new' }, { made: 'old', trouble }, { made: 'new' }]),
      members: [grouped(0, rows, NONE), grouped(2, rows, NONE)],
    })
    expect(chosen(broken)).toMatchObject({ kind: 'Run', procedure: { kind: 'renewMember', subject: podName(1) } })
  })

  test('is to bring the data, for a cluster that is made from a backup', () => {
    const given = snapshot({ objects: { kind: 'Unrestored' }, pods: [], claims: [] })
    expect(diagnose(given, CLUSTER)).toMatchObject({ phase: 'Restoring', ready: false })
    expect(chosen(given)).toMatchObject({ kind: 'Run', procedure: { kind: 'restore', subject: podName(0) } })
    expect(chosen({ ...given, paused: true })).toEqual({ kind: 'Rest' })
  })
})

describe('a cluster that was made from a backup', () => {
  const given = (members: Snapshot['members']): Snapshot => snapshot({ restored: true, members })

  test('is not made from whoever answers first, but waits for every member', () => {
    expect(judgeBootstrap(given([lonely(1), lonely(2)]))).toMatchObject({ kind: 'Wait' })
  })

  test('is made from the member that has the data', () => {
    const held = { holds: 'aaaaaaaa-0000-4000-8000-000000000009:1-77' }
    expect(judgeBootstrap(given([lonely(1), lonely(0, held), lonely(2)]))).toMatchObject({
      kind: 'Allowed',
      seed: podName(0),
    })
  })
})

const location = {
  s3: {
    endpoint: 'https://s3:9000',
    region: 'eu',
    bucket: 'b',
    pathStyle: true,
    credentialsSecret: 'keys',
    caSecret: 'ca',
  },
}
const agent = { image: 'operator:1', pullPolicy: 'Never' }
const theBackup = backupJob({
  ...input(),
  ...{
    backup,
    attempt: 2,
    donor: { pod: podName(1), image: 'mysql:9.7' },
    location,
    configMap: 'shop-config-1',
    agent,
  },
})
const theRestore = restoreJob({ ...input(), location, path: 'default/shop/nightly-1a2b3c4d', agent })
const theVerification = verifyJob({
  ...input(),
  ...{ backup, attempt: 1, location, path: 'default/shop/nightly-1a2b3c4d', configMap: 'shop-config-1', agent },
})
const specOf = ({ spec }: typeof theBackup) => spec?.template.spec ?? { containers: [] }
const containersOf = (one: typeof theBackup): readonly V1Container[] => [
  ...(specOf(one).initContainers ?? []),
  ...specOf(one).containers,
]

describe.each([
  ['backup', 'backup', theBackup],
  ['restore', 'restore', theRestore],
  ['verification', 'compare', theVerification],
])('the Job of a %s', (_, kind, one) => {
  test('meets the restricted Pod Security Standard, and has no rights on the API server', () => {
    expect(specOf(one).securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    for (const { securityContext } of containersOf(one))
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    expect(specOf(one).automountServiceAccountToken).toBe(false)
  })

  test('tells the agent what to do in words that it understands, without a secret', () => {
    const agentContainer = containersOf(one).find(({ name }) => name === 'agent')
    const task = agentContainer?.env?.find(({ name }) => name === 'TASK')?.value ?? ''
    expect(TaskSchema.parse(JSON.parse(task))).toMatchObject({ kind, path: 'default/shop/nightly-1a2b3c4d' })
    for (const { env = [] } of containersOf(one)) expect(env.filter(({ valueFrom }) => valueFrom)).toEqual([])
  })

  test('is no member to any Service or StatefulSet', () => {
    const selector = statefulSet(input()).spec?.selector.matchLabels ?? {}
    const labels = one.spec?.template.metadata?.labels ?? {}
    expect(Object.entries(selector).every(([label, value]) => labels[label] === value)).toBe(false)
  })

  test('is tried once, by the operator and by nobody else', () => {
    expect(one.spec).toMatchObject({ backoffLimit: 0 })
    expect(specOf(one).restartPolicy).toBe('Never')
  })
})

test('a verification restores, starts a server without any Secret but those of the store, and compares', () => {
  expect(containersOf(theVerification).map(({ name }) => name)).toEqual(['unpack', 'mysql', 'agent'])
  const secrets = specOf(theVerification).volumes?.flatMap(({ secret }) => secret?.secretName ?? [])
  expect(secrets).toEqual(['keys', 'ca'])
  const [unpack, mysql] = containersOf(theVerification)
  expect(mysql?.volumeMounts?.map(({ name }) => name)).not.toContain('credentials')
  expect(TaskSchema.parse(JSON.parse(unpack?.env?.find(({ name }) => name === 'TASK')?.value ?? ''))).toMatchObject({
    kind: 'unpack',
  })
})

test('the key of a store that encrypts is mounted for the agent alone', () => {
  const encryption = { keySecret: 'master' }
  const sealed = verifyJob({
    ...input(),
    ...{ backup, attempt: 1, location: { ...location, encryption }, path: 'a/b', configMap: 'c', agent },
  })
  const holders = containersOf(sealed).filter(({ volumeMounts = [] }) =>
    volumeMounts.some(({ name }) => name === 'key'),
  )
  expect(holders.map(({ name }) => name)).toEqual(['unpack', 'agent'])
  expect(specOf(sealed).volumes?.find(({ name }) => name === 'key')?.secret?.secretName).toBe('master')
})

test('the scratch volume of a backup goes with its pod and is as large as that of a member', () => {
  const volume = specOf(theBackup).volumes?.find(({ name }) => name === 'scratch')
  expect(volume?.ephemeral?.volumeClaimTemplate?.spec).toMatchObject({ resources: { requests: { storage: '10Gi' } } })
})

test('a restore makes the claim that the StatefulSet would make', () => {
  const template = statefulSet(input()).spec?.volumeClaimTemplates?.[0]
  const claim = restoredClaim(input())
  expect(claim.spec).toEqual(template?.spec)
  expect(claim.metadata).toMatchObject({ name: `data-${podName(0)}`, labels: template?.metadata?.labels })
})

test('two backups of one name have places of their own', () => {
  expect(backupPath(REF, backup)).toBe('default/shop/nightly-1a2b3c4d')
  expect(backupPath(REF, { ...backup, uid: '99999999-1' })).not.toBe(backupPath(REF, backup))
  expect(backupJobName('c'.repeat(40), backup, 3).length).toBeLessThanOrEqual(63)
})

test('restored data get the same accounts as new ones, each made anew', () => {
  const made = (sql: string) => [...sql.matchAll(/CREATE USER (?:IF NOT EXISTS )?(\w+)@/g)].map(([, name]) => name)
  expect(made(ACCOUNTS_AGAIN)).toEqual(made(ACCOUNTS))
  const [, dropped = ''] = /DROP USER IF EXISTS (.*);/.exec(ACCOUNTS_AGAIN) ?? []
  for (const account of SYSTEM_ACCOUNTS) expect(dropped).toContain(`${account}@`)
  const grants = (sql: string) => sql.split('\n').filter((line) => line.startsWith('GRANT'))
  expect(grants(ACCOUNTS_AGAIN)).toEqual(grants(ACCOUNTS))
})
