import { expect } from '@jest/globals'
import { kubectl } from './stage/cluster.ts'
import { declare, gone, healthy } from './stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp } from './stage/sql.ts'
import { stories } from './stage/story.ts'

const namespace = 'e2e-delete'
const key = { namespace, name: 'phoenix' }
const story = stories(namespace)

const left = async (): Promise<string[]> => {
  const kinds = 'sts,pods,svc,pdb,pvc,secrets,cm'
  const names = await kubectl('-n', namespace, 'get', kinds, '-l', 'app.kubernetes.io/instance=phoenix', '-o', 'name')
  return names.split('\n').filter((name) => name !== '')
}

story('a deleted cluster leaves its volumes and Secrets, and nothing else', async () => {
  await declare(key, { size: 3 })
  await healthy(key)
  await asApp(key, 'primary', ['CREATE TABLE ash (id INT PRIMARY KEY)', 'INSERT INTO ash VALUES (1), (2), (3)'])
  await kubectl('-n', namespace, 'delete', 'mc', 'phoenix', '--timeout=120s')
  await gone(key)
  await kubectl(
    '-n',
    namespace,
    'wait',
    '--for=delete',
    'svc,pdb,cm',
    '-l',
    'app.kubernetes.io/instance=phoenix',
    '--timeout=60s',
  )
  const kinds = (await left()).map((name) => name.split('/')[0])
  expect(new Set(kinds)).toEqual(new Set(['persistentvolumeclaim', 'secret']))
  expect(kinds).toHaveLength(6)
})

story('a cluster of the same name finds the data again', async () => {
  await declare(key, { size: 3 })
  const cluster = await healthy(key, 400)
  expect(cluster.status?.group?.bootstraps).toBe(1)
  expect(await eventuallyAsApp(key, 'replicas', 'SELECT COUNT(*) AS n FROM ash')).toMatchObject([{ n: 3 }])
  await asApp(key, 'primary', ['INSERT INTO ash VALUES (4)'])
})

story('with onDelete: Delete nothing is left at all', async () => {
  await declare(key, { size: 3, storage: { onDelete: 'Delete' } })
  await healthy(key)
  await kubectl('-n', namespace, 'delete', 'mc', 'phoenix', '--timeout=120s')
  await kubectl(
    '-n',
    namespace,
    'wait',
    '--for=delete',
    'svc,pdb,cm,pvc,secrets',
    '-l',
    'app.kubernetes.io/instance=phoenix',
    '--timeout=60s',
  )
  expect(await left()).toEqual([])
})
