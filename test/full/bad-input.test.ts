import { expect } from '@jest/globals'
import type { MySQLCluster } from '../../crds/mysqlcluster.ts'
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { declare, healthy, type Key, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'e2e-bad-input'
const story = stories(namespace)
const PLAIN = { size: 1, resources: { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } } }

const reasonsOf = ({ status }: MySQLCluster): Readonly<Record<string, string>> =>
  Object.fromEntries(status?.conditions?.map(({ type, status: is, reason }) => [type, `${is} ${reason}`]) ?? [])

/** How often it was told. */
const eventsOf = async ({ name }: Key, reason: string): Promise<number> => {
  const selector = `involvedObject.name=${name},reason=${reason}`
  const names = await kubectl('-n', namespace, 'get', 'events', '--field-selector', selector, '-o', 'name')
  return names.split('\n').filter((line) => line !== '').length
}

/** Waits until a cluster says by condition and message what is wrong; that is told in one event more than `before`. */
const blocked = async (key: Key, reason: ErrorCode, message: RegExp, before = 0): Promise<MySQLCluster> => {
  const cluster = await until(
    key,
    `Blocked by ${reason}`,
    ({ status, metadata }) =>
      status?.phase === 'Blocked' &&
      status.observedGeneration === metadata.generation &&
      status.conditions?.some((condition) => condition.reason === reason) === true,
    40,
  )
  expect(reasonsOf(cluster)).toMatchObject({ Healthy: `False ${reason}`, Progressing: `False ${reason}` })
  expect(cluster.status?.message).toMatch(message)
  expect(cluster.status?.message).toContain(ERRORS[reason].remedy)
  expect(await eventsOf(key, reason)).toBe(before + 1)
  return cluster
}

const end = ({ name }: Key): Promise<string> => kubectl('-n', namespace, 'delete', 'mc', name, '--wait=false')

const pods = ({ name }: Key): Promise<string> => {
  const fields = 'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount}{end}'
  return kubectl('-n', namespace, 'get', 'pods', '-l', `app.kubernetes.io/instance=${name}`, '-o', fields)
}

/** A declaration that cannot work, what is told about it, and what mends it. */
const MISTAKES: readonly (readonly [string, string, object, ErrorCode, RegExp])[] = [
  [
    'an image that cannot be pulled',
    'pull',
    { image: 'localhost/no-such-mysql:1' },
    'ImageUnavailable',
    /^spec\.image: localhost\/no-such-mysql:1 cannot be pulled \(/,
  ],
  [
    'an image that is not MySQL',
    'pause',
    { image: 'localhost/pause:1' },
    'ImageNotMySQL',
    /^spec\.image: localhost\/pause:1/,
  ],
  [
    'a setting that MySQL does not know',
    'typo',
    { config: { max_connexions: 5 } },
    'InvalidSetting',
    /^spec\.config\.max_connexions: .*unknown variable 'max_connexions=5'/,
  ],
  [
    'a value that MySQL refuses',
    'value',
    { config: { sql_mode: 'NOPE' } },
    'InvalidSetting',
    /^spec\.config\.sql_mode: .*'NOPE'/,
  ],
  [
    'a StorageClass that there is not',
    'class',
    { storage: { storageClassName: 'no-such-class' } },
    'VolumeUnbound',
    /^spec\.storage\.storageClassName: data-class-0 gets no volume from StorageClass "no-such-class"/,
  ],
  [
    'too little memory',
    'memory',
    { resources: { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '512Mi' } } },
    'OutOfMemory',
    /^spec\.resources\.limits\.memory: memory-0 was killed/,
  ],
]

for (const [what, name, mistake, reason, message] of MISTAKES)
  story(`${what} is told with field and remedy, and the cluster forms once it is mended`, async () => {
    const key = { namespace, name }
    await declare(key, { ...PLAIN, ...mistake })
    const cluster = await blocked(key, reason, message)
    expect(reasonsOf(cluster)).toMatchObject({ Ready: `False ${reason}` })
    await declare(key, PLAIN)
    expect((await healthy(key)).status?.group?.bootstraps).toBe(1)
    expect(await eventsOf(key, reason)).toBe(1)
    await end(key)
  })

/** What cannot work, declared for a cluster that runs; none of it may reach a member. */
const CHANGES: readonly (readonly [object, ErrorCode, RegExp])[] = [
  [{ image: 'localhost/no-such-mysql:1' }, 'ImageUnavailable', /^spec\.image: localhost\/no-such-mysql:1 cannot/],
  [{ image: 'localhost/pause:1' }, 'ImageNotMySQL', /^spec\.image: localhost\/pause:1/],
  [{ config: { max_connexions: 5 } }, 'InvalidSetting', /^spec\.config\.max_connexions: /],
  [{ config: { innodb_flush_method: 'WRONG' } }, 'InvalidSetting', /^spec\.config\.innodb_flush_method: /],
  [{ config: { sql_mode: 'NONSENSE' } }, 'InvalidSetting', /^spec\.config\.sql_mode: /],
  [{ pod: { nodeSelector: { nowhere: 'yes' } } }, 'Unschedulable', /^spec\.pod\.nodeSelector/],
]

story('a member without a node is told of, and goes on by itself once there is one', async () => {
  const key = { namespace, name: 'homeless' }
  await declare(key, { ...PLAIN, pod: { nodeSelector: { 'e2e-bad-input': 'yes' } } })
  await blocked(key, 'Unschedulable', /^spec\.pod\.nodeSelector, spec\.pod\.affinity: no node takes homeless-0 \(/)
  const [node = ''] = (await kubectl('get', 'nodes', '-o', 'name')).split('\n')
  await kubectl('label', node, 'e2e-bad-input=yes')
  try {
    await healthy(key)
  } finally {
    await kubectl('label', node, 'e2e-bad-input-')
  }
  await end(key)
})

story('a mistake declared for a running cluster is told of, and leaves it untouched', async () => {
  const key = { namespace, name: 'running' }
  await declare(key, PLAIN)
  await healthy(key)
  const before = await pods(key)
  for (const [mistake, reason, message] of CHANGES) {
    const told = await eventsOf(key, reason)
    await declare(key, { ...PLAIN, ...mistake })
    const cluster = await blocked(key, reason, message, told)
    expect(reasonsOf(cluster)).toMatchObject({ Ready: `True ${reason}` })
    expect(cluster.status?.message).toContain('Members were left as they were.')
    expect(await asApp(key, 'primary', ['SELECT 1 AS alive'])).toMatchObject([{ alive: 1 }])
  }
  await declare(key, PLAIN)
  await healthy(key)
  expect(await pods(key)).toBe(before)
  expect(await kubernetes.get('Pod', { namespace, name: 'running-trial' })).toBeUndefined()
})

story('a Secret of a running cluster that lacks a key is told of until it is back', async () => {
  const key = { namespace, name: 'running' }
  const secret = { namespace, name: 'running-system' }
  const kept = (await kubernetes.get('Secret', secret))?.data?.['handover'] ?? ''
  await kubernetes.patch('Secret', secret, { data: { handover: '' } })
  const cluster = await blocked(key, 'SecretIncomplete', /^Secret running-system has no handover\. /)
  expect(reasonsOf(cluster)).toMatchObject({ Ready: 'True SecretIncomplete' })
  expect(await asApp(key, 'primary', ['SELECT 1 AS alive'])).toMatchObject([{ alive: 1 }])
  await kubernetes.patch('Secret', secret, { data: { handover: kept } })
  await healthy(key)
})
