import { expect } from '@jest/globals'
import { kubectl } from '../e2e/stage/cluster.ts'
import { membersOf } from '../e2e/stage/members.ts'
import { declare, healthy, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp, writeThroughFailover } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'full-failover'
const key = { namespace, name: 'steady' }
const story = stories(namespace)

story('writes follow when the pod of the primary is deleted, and it comes back as a replica', async () => {
  await declare(key, { size: 3 })
  const before = (await healthy(key)).status?.primary ?? ''
  await asApp(key, 'primary', ['CREATE TABLE kept (id INT PRIMARY KEY)', 'INSERT INTO kept VALUES (1)'])
  await kubectl('-n', namespace, 'delete', 'pod', before, '--wait=false')
  const after = await until(key, 'another primary', (cluster) => ![undefined, before].includes(cluster.status?.primary))
  await writeThroughFailover(key, 'REPLACE INTO kept VALUES (2)')
  const cluster = await healthy(key)
  expect(cluster.status?.primary).toBe(after.status?.primary)
  expect(cluster.status?.members?.find(({ name }) => name === before)).toMatchObject({
    state: 'ONLINE',
    role: 'replica',
  })
  expect(cluster.status?.group?.bootstraps).toBe(1)
})

story('writes follow when the pod of the primary is killed without warning, and it rejoins by itself', async () => {
  const before = (await healthy(key)).status?.primary ?? ''
  await kubectl('-n', namespace, 'delete', 'pod', before, '--grace-period=0', '--force')
  await until(key, 'another primary', (cluster) => ![undefined, before].includes(cluster.status?.primary))
  await writeThroughFailover(key, 'REPLACE INTO kept VALUES (3)')
  await healthy(key)
  expect(await eventuallyAsApp(key, 'replicas', 'SELECT COUNT(*) AS n FROM kept HAVING n = 3')).toMatchObject([
    { n: 3 },
  ])
  const members = await membersOf(key)
  expect(members.filter(({ readOnly }) => !readOnly)).toHaveLength(1)
})
