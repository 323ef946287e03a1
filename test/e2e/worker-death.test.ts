import { expect } from '@jest/globals'
import { kubectl, OPERATOR_NAMESPACE } from './stage/cluster.ts'
import { membersOf } from './stage/members.ts'
import { declare, healthy, until } from './stage/mysqlcluster.ts'
import { stories } from './stage/story.ts'

const namespace = 'e2e-worker-death'
const key = { namespace, name: 'stubborn' }
const story = stories(namespace)

const killWorkers = (): Promise<string> =>
  kubectl(
    '-n',
    OPERATOR_NAMESPACE,
    'delete',
    'pods',
    '-l',
    'app.kubernetes.io/component=worker',
    '--grace-period=0',
    '--force',
  )

story('a creation goes on through three deaths of its worker, and bootstraps once', async () => {
  await declare(key, { size: 3 })
  await until(key, 'its members start', (cluster) => (cluster.status?.replicas ?? 0) > 0)
  await killWorkers()
  await until(key, 'a bootstrap was decided', (cluster) => cluster.status?.group !== undefined)
  await killWorkers()
  const first = await until(
    key,
    'its group is on record',
    (cluster) => cluster.status?.group?.incarnation !== undefined,
  )
  await killWorkers()
  const cluster = await healthy(key, 400)
  expect(cluster.status?.group).toEqual(first.status?.group)
  expect(cluster.status?.group?.bootstraps).toBe(1)
  const members = await membersOf(key)
  expect(members).toHaveLength(3)
  expect(new Set(members.map(({ viewId }) => viewId.split(':')[0]))).toEqual(
    new Set([cluster.status?.group?.incarnation]),
  )
})
