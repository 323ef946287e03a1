import { describe, expect, test } from '@jest/globals'
import { diagnose } from '../../src/domain/diagnose.ts'
import { ERRORS } from '../../src/domain/errors.ts'
import { EXIT } from '../../src/domain/objects/check.ts'
import type { PodTrouble, Snapshot } from '../../src/domain/snapshot.ts'
import { eventOf, statusOf } from '../../src/domain/status.ts'
import { findTrouble } from '../../src/domain/trouble.ts'
import {
  CLUSTER,
  CREATED_AT,
  claim,
  grouped,
  lonely,
  pod,
  primary,
  REF,
  row,
  serving,
  snapshot,
} from '../support/snapshots.ts'

const IMAGE = 'mysql:9.9'
const waiting = (reason: string, message: string): PodTrouble => ({ kind: 'Waiting', reason, message })
const ended = (code: number, said = '', reason = 'Error'): PodTrouble => ({ kind: 'Ended', code, reason, said })
const unscheduled = (message: string, since = CREATED_AT): PodTrouble => ({ kind: 'Unscheduled', since, message })
const forVolume = (message: string, since?: number): PodTrouble =>
  ({ ...unscheduled(message, since), forVolume: true }) as PodTrouble

/** A cluster of one that never had a group, and whose only pod is in this trouble. */
const starting = (trouble: PodTrouble, over: Partial<Snapshot> = {}): Snapshot =>
  snapshot({ size: 1, pods: [pod(0, { ready: false, image: IMAGE, trouble })], ...over })

describe('what keeps a member from starting has a reason, a field and a remedy', () => {
  test.each<[string, PodTrouble, keyof typeof ERRORS, string]>([
    [
      'an image that is not there',
      waiting('ErrImagePull', 'failed to resolve reference "docker.io/library/mysql:9.9": not found'),
      'ImageUnavailable',
      'spec.image: mysql:9.9 cannot be pulled (failed to resolve reference "docker.io/library/mysql:9.9": not found).',
    ],
    [
      'the same, while kubelet waits to try again',
      waiting(
        'ImagePullBackOff',
        'Back-off pulling image "mysql:9.9": ErrImagePull: failed to resolve reference "docker.io/library/mysql:9.9": not found',
      ),
      'ImageUnavailable',
      'spec.image: mysql:9.9 cannot be pulled (failed to resolve reference "docker.io/library/mysql:9.9": not found).',
    ],
    [
      'a name that is no image',
      waiting('InvalidImageName', 'Failed to apply default image tag "::": invalid reference format'),
      'ImageUnavailable',
      'spec.image: mysql:9.9 cannot be pulled (Failed to apply',
    ],
    [
      'an image without a shell',
      ended(128, 'exec: "sh": executable file not found in $PATH', 'StartError'),
      'ImageNotMySQL',
      'spec.image: mysql:9.9: there is no sh in it.',
    ],
    [
      'an image without a shell, as other runtimes tell it',
      waiting('RunContainerError', 'failed to create containerd task: exec: "sh": executable file not found in $PATH'),
      'ImageNotMySQL',
      'spec.image: mysql:9.9 has no sh.',
    ],
    [
      'an image without mysqld',
      ended(EXIT.notMySQL, 'there is no mysqld in it'),
      'ImageNotMySQL',
      'spec.image: mysql:9.9: there is no mysqld in it.',
    ],
    [
      'a MySQL that is too old',
      ended(EXIT.tooOld, 'MySQL 5.7.44 is older than 8.0.27'),
      'VersionNotSupported',
      'spec.image: mysql:9.9: MySQL 5.7.44 is older than 8.0.27.',
    ],
    [
      'a MySQL that is older than the data',
      ended(1, 'MY-014061 Invalid MySQL server downgrade: Cannot downgrade from 90704 to 80043.'),
      'VersionNotSupported',
      'Cannot downgrade from 90704 to 80043.',
    ],
    [
      'a MySQL that lacks what the operator sets itself',
      ended(1, "MY-000067 unknown variable 'admin_port=33062'."),
      'VersionNotSupported',
      'its MySQL refuses what the operator needs',
    ],
    [
      'a setting that MySQL does not know',
      ended(1, "MY-000067 unknown variable 'max_connexions=5'."),
      'InvalidSetting',
      "spec.config.max_connexions: mysqld does not start with it (MY-000067 unknown variable 'max_connexions=5').",
    ],
    [
      'an option that MySQL does not know',
      ended(2, "MY-000068 unknown option '--skip-everything'."),
      'InvalidSetting',
      'spec.config.skip_everything: ',
    ],
    [
      'a value that MySQL refuses',
      ended(1, "MY-000077 /usr/sbin/mysqld: Error while setting value 'NOPE' to 'sql_mode'."),
      'InvalidSetting',
      'spec.config.sql_mode: ',
    ],
    [
      'a number that is none',
      ended(1, "MY-000058 Unknown suffix 'a' used for variable 'max_connections' (value 'abc')."),
      'InvalidSetting',
      'spec.config.max_connections: ',
    ],
    ['too little memory', ended(137, '', 'OOMKilled'), 'OutOfMemory', 'spec.resources.limits.memory: shop-0 '],
    [
      'a node that is too small',
      unscheduled('0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available.'),
      'Unschedulable',
      'spec.resources.requests.memory: no node takes shop-0 (0/1 nodes are available: 1 Insufficient memory).',
    ],
    [
      'a selector of no node',
      unscheduled("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."),
      'Unschedulable',
      'spec.pod.nodeSelector, spec.pod.affinity: ',
    ],
    [
      'a taint that is not tolerated',
      unscheduled('0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: web}.'),
      'Unschedulable',
      'spec.pod.tolerations: ',
    ],
    [
      'an error of mysqld that names no setting',
      ended(1, "MY-015642 Unknown character set: 'foo'."),
      'MemberFails',
      "mysqld of shop-0 ended with code 1 (Error): MY-015642 Unknown character set: 'foo'.",
    ],
    ['a kill', ended(137), 'MemberKilled', 'mysqld of shop-0 was killed (SIGKILL).'],
    ['an end without a word', ended(139), 'MemberFails', 'mysqld of shop-0 ended with code 139 (Error).'],
  ])('%s', (_, trouble, reason, message) => {
    const found = findTrouble(starting(trouble))
    expect(found).toMatchObject({ reason, message: expect.stringContaining(message) })
    expect(found?.message.endsWith(` ${ERRORS[reason].remedy}`)).toBe(true)
    expect(diagnose(starting(trouble), CLUSTER)).toMatchObject({
      phase: 'Blocked',
      ready: false,
      healthy: false,
      reason,
      message: found?.message,
    })
  })
})

describe('a claim without a volume', () => {
  const unbound = 'pod has unbound immediate PersistentVolumeClaims'

  test.each([
    [{ storageClass: 'fast' }, 'data-shop-0 gets no volume from StorageClass "fast"'],
    [{}, 'data-shop-0 gets no volume from the default StorageClass'],
  ])('is told with its class: %j', (over, message) => {
    const claims = [{ ...claim(0), phase: 'Pending', ...over }]
    expect(findTrouble(starting(forVolume(unbound), { claims }))).toMatchObject({
      reason: 'VolumeUnbound',
      message: expect.stringContaining(`spec.storage.storageClassName: ${message}`),
    })
  })

  test.each([3, 14])('is nothing to tell of in the first %i s', (seconds) => {
    const claims = [{ ...claim(0), phase: 'Pending' }]
    const given = starting(forVolume(unbound, CREATED_AT + 60_000 - seconds * 1000), { claims })
    expect(findTrouble(given)).toBeUndefined()
    expect(diagnose(given, CLUSTER)).toMatchObject({ phase: 'Creating', reason: 'MembersStarting' })
  })

  test('is told of after that, without the failure of the scheduler to make room', () => {
    const claims = [{ ...claim(0), phase: 'Pending' }]
    const message = `0/1 nodes are available: ${unbound}. not found`
    expect(findTrouble(starting(forVolume(message, CREATED_AT + 45_000), { claims }))).toMatchObject({
      reason: 'VolumeUnbound',
      message: expect.stringContaining(`the default StorageClass (0/1 nodes are available: ${unbound}). `),
    })
  })

  test('is over once it is bound, however long the scheduler takes to look again', () => {
    expect(findTrouble(starting(forVolume(unbound), { claims: [claim(0)] }))).toBeUndefined()
  })

  test('is not what keeps a member away whose volume is on another node', () => {
    const message = '0/2 nodes are available: 2 node(s) had volume node affinity conflict.'
    expect(findTrouble(starting(unscheduled(message), { claims: [claim(0)] }))).toMatchObject({
      reason: 'VolumeAway',
      message: expect.stringMatching(/^data-shop-0 is bound to a node that does not take shop-0 .*delete the claim/),
    })
  })
})

describe('a cluster that has formed', () => {
  const rows = [primary(0), row(1)]
  const degraded = (trouble: PodTrouble, over: Partial<Snapshot> = {}) => {
    const pods = [pod(0), pod(1), pod(2, { ready: false, trouble })]
    return diagnose(serving({ pods, members: [grouped(0, rows), grouped(1, rows)], ...over }), CLUSTER)
  }

  test('serves on, and is Degraded for the reason of its pod', () => {
    expect(degraded(unscheduled('0/1 nodes are available: 1 Insufficient cpu.'))).toMatchObject({
      phase: 'Degraded',
      ready: true,
      reason: 'Unschedulable',
      message: expect.stringMatching(
        /^2 of 3 members are online: spec\.resources\.requests\.cpu: no node takes shop-2/,
      ),
    })
  })

  test('does not look for a cause each time that a member ended', () => {
    expect(degraded(ended(137))).toMatchObject({ phase: 'Degraded', reason: 'MembersMissing' })
    expect(degraded(ended(137), { status: {} })).toMatchObject({ phase: 'Creating', reason: 'MembersJoining' })
  })

  test('is no longer new once its first start has a known obstacle', () => {
    expect(degraded(ended(137, '', 'OOMKilled'), { status: {} })).toMatchObject({
      phase: 'Degraded',
      reason: 'OutOfMemory',
    })
  })
})

test('a first group is made from the members that answer, whatever keeps another one', () => {
  const pods = [pod(0), pod(1, { trouble: waiting('ErrImagePull', 'no') }), pod(2)]
  expect(diagnose(snapshot({ pods, members: [lonely(0)] }), CLUSTER)).toMatchObject({
    phase: 'Creating',
    state: { verdict: { kind: 'Allowed' } },
  })
})

test('a known cause is told before an unknown one', () => {
  const pods = [pod(0, { trouble: ended(1) }), pod(1, { trouble: ended(137, '', 'OOMKilled') })]
  expect(findTrouble(snapshot({ pods }))).toMatchObject({ reason: 'OutOfMemory' })
})

describe('a full disk', () => {
  const full = (ordinal: number) => {
    const given = serving()
    return {
      ...given,
      members: given.members.map((member, index) =>
        index === ordinal ? { ...member, lacksSpace: true as const } : member,
      ),
    }
  }

  test('of the primary is told with field and remedy, and nobody is told that writes are served', () => {
    const { phase, ready, healthy, reason, message } = diagnose(full(0), CLUSTER)
    expect({ phase, ready, healthy, reason }).toEqual({
      phase: 'Degraded',
      ready: false,
      healthy: false,
      reason: 'DiskFull',
    })
    expect(message).toContain('spec.storage.size: the volume of shop-0 is full')
    expect(message).toContain(ERRORS.DiskFull.remedy)
  })

  test('of a replica is told, while writes are served', () => {
    expect(diagnose(full(1), CLUSTER)).toMatchObject({ phase: 'Degraded', ready: true, reason: 'DiskFull' })
  })

  test.each([
    'MY-012592 Operating system error number 28 in a file operation. No space left on device',
    'MY-010267 The log cannot be written: disk is full',
  ])('that keeps mysqld from starting is told: %s', (said) => {
    expect(findTrouble(starting(ended(1, said)))).toMatchObject({ reason: 'DiskFull', known: true })
  })
})

test('a trouble is one event, however often kubelet tries, and its end another', () => {
  const report = (given: Snapshot) => {
    const { phase, ready, healthy, reason, message, members } = diagnose(given, CLUSTER)
    const workflow = { id: 'w', runId: 'r' }
    return { phase, ready, healthy, reason, message, members, generation: 1, paused: false, workflow }
  }
  const stations = [
    snapshot({ size: 1 }),
    starting(waiting('ErrImagePull', 'not found')),
    starting(waiting('ImagePullBackOff', 'Back-off pulling image "mysql:9.9"')),
    starting(waiting('ErrImagePull', 'not found')),
    snapshot({ size: 1 }),
  ].map(report)
  const events = stations.map((after, index) => {
    const before = index === 0 ? undefined : statusOf(REF, stations[index - 1] ?? after, undefined, 'd', '')
    return eventOf(before, statusOf(REF, after, before, 'd', ''), after.reason)?.reason
  })
  expect(events).toEqual(['MembersStarting', 'ImageUnavailable', undefined, undefined, 'MembersStarting'])
})
