import { expect } from '@jest/globals'
import { workflowId } from '../../src/domain/names.ts'
import { kubectl, kubernetes, temporal } from './stage/cluster.ts'
import { declare, healthy, until } from './stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp } from './stage/sql.ts'
import { stories } from './stage/story.ts'

const namespace = 'e2e-create'
const three = { namespace, name: 'three' }
const one = { namespace, name: 'one' }
const story = stories(namespace)

story('two clusters in one namespace, of three members and of one, become healthy at the same time', async () => {
  await Promise.all([declare(three, { size: 3 }), declare(one, { size: 1 })])
  const [big, small] = await Promise.all([healthy(three), healthy(one)])
  expect(big.status).toMatchObject({ availableReplicas: 3, replicas: 3, phase: 'Healthy', group: { bootstraps: 1 } })
  expect(small.status).toMatchObject({ availableReplicas: 1, primary: 'one-0', group: { bootstraps: 1 } })
  expect(big.status?.members?.map(({ role }) => role).toSorted()).toEqual(['primary', 'replica', 'replica'])
  expect(big.status?.version).toMatch(/^9\.7\./)
})

story(
  'what is written through the write Service is read through the read Service, with the application’s own Secret',
  async () => {
    for (const cluster of [three, one]) {
      await asApp(cluster, 'primary', [
        'CREATE TABLE note (id INT PRIMARY KEY, text VARCHAR(20))',
        `INSERT INTO note VALUES (1, '${cluster.name}')`,
      ])
      const rows = await eventuallyAsApp(cluster, 'replicas', 'SELECT text FROM note')
      expect(rows).toMatchObject([{ text: cluster.name }])
    }
  },
)

story('a table without a primary key can be written to', async () => {
  await asApp(three, 'primary', ['CREATE TABLE keyless (n INT)', 'INSERT INTO keyless VALUES (7)'])
  expect(await eventuallyAsApp(three, 'replicas', 'SELECT n FROM keyless')).toMatchObject([{ n: 7 }])
})

story('time zones are known by their names on every member', async () => {
  const zones = [
    'SET @noon = TIMESTAMP("2026-07-01 12:00")',
    "SELECT CONVERT_TZ(@noon, 'UTC', 'Europe/Berlin') = '2026-07-01 14:00' AS known",
  ]
  for (const service of ['primary', 'replicas'] as const)
    expect(await asApp(three, service, zones)).toMatchObject([{ known: 1 }])
})

story('the read Service of three members refuses writes', async () => {
  await expect(asApp(three, 'replicas', ["INSERT INTO note VALUES (2, 'x')"])).rejects.toThrow(/read-only/)
})

story('the write Service selects the primary alone, and pods carry their roles', async () => {
  const cluster = await healthy(three)
  const endpoints = await kubectl(
    '-n',
    namespace,
    'get',
    'endpointslices',
    '-l',
    'kubernetes.io/service-name=three-primary',
    '-o',
    'jsonpath={.items[*].endpoints[*].targetRef.name}',
  )
  expect(endpoints).toBe(cluster.status?.primary)
  const primaries = await kubectl(
    '-n',
    namespace,
    'get',
    'pods',
    '-l',
    'app.kubernetes.io/instance=three,example.com/role=primary',
    '-o',
    'name',
  )
  expect(primaries.trim()).toBe(`pod/${cluster.status?.primary}`)
})

story('kubectl get mc, the events and the Temporal UI tell a person what the cluster is', async () => {
  const cluster = await healthy(three)
  expect(await kubectl('-n', namespace, 'get', 'mc', 'three')).toMatch(/three\s+3\s+3\s+Healthy\s+three-\d\s+9\.7/)
  expect(await kubectl('-n', namespace, 'get', 'events')).toMatch(/Synced.*All 3 members are online/)
  const id = workflowId({ ...three, uid: cluster.metadata.uid })
  expect(cluster.status?.workflow?.id).toBe(id)
  const details = await temporal('workflow', 'metadata', '-w', id)
  for (const member of cluster.status?.members ?? []) expect(details).toContain(member.name)
  const state = JSON.parse(await temporal('workflow', 'query', '-w', id, '--name', 'getState', '--output', 'json'))
  expect(JSON.stringify(state)).toContain('Healthy')
  const summary = await temporal('workflow', 'describe', '-w', id)
  expect(summary).toContain(`MySQLCluster ${namespace}/three`)
})

story('a person can make the workflow look again by a signal without input', async () => {
  const before = await healthy(one)
  await temporal('workflow', 'signal', '-w', before.status?.workflow?.id ?? '', '--name', 'lookAgain')
  await until(one, 'still healthy', (cluster) => cluster.status?.phase === 'Healthy')
})

story('a setting that the operator must control is refused with its reason, and the cluster serves on', async () => {
  await declare(one, { size: 1, config: { gtid_mode: 'OFF' } })
  const blocked = await until(one, 'Blocked', (cluster) => cluster.status?.phase === 'Blocked', 60)
  expect(blocked.status?.message).toContain('spec.config.gtid_mode cannot be set: Group Replication needs ON')
  expect(await asApp(one, 'primary', ['SELECT 1 AS alive'])).toMatchObject([{ alive: 1 }])
  await declare(one, { size: 1 })
  await healthy(one, 60)
})

story('no password is in the environment, the arguments or the labels of a pod', async () => {
  const secrets = await Promise.all(
    ['three-system', 'three-app'].map((name) => kubernetes.get('Secret', { namespace, name })),
  )
  const passwords = secrets.flatMap((secret) =>
    Object.entries(secret?.data ?? {})
      .filter(([key]) => !['username', 'host', 'port', 'database'].includes(key))
      .map(([, value]) => Buffer.from(value, 'base64').toString()),
  )
  const pods = await kubectl('-n', namespace, 'get', 'pods,mc,sts,cm,events', '-o', 'yaml')
  expect(passwords.length).toBeGreaterThan(5)
  for (const password of passwords) expect(pods).not.toContain(password)
})

story('an image that does not exist is named, and the cluster forms once it is mended', async () => {
  const typo = { namespace, name: 'typo' }
  const resources = { requests: { cpu: '20m', memory: '1Gi' }, limits: { memory: '1Gi' } }
  await declare(typo, { size: 1, image: 'localhost/no-such-mysql:1', resources })
  await until(typo, 'the image is named', (cluster) => /no-such-mysql/.test(cluster.status?.message ?? ''), 60)
  await declare(typo, { size: 1, resources })
  const cluster = await healthy(typo)
  expect(cluster.status?.group?.bootstraps).toBe(1)
})
