import { expect } from '@jest/globals'
import { ordinalOf, selectorLabels } from '../../src/domain/names.ts'
import { kubectl, kubernetes, temporal } from './stage/cluster.ts'
import { declare, healthy, read, until } from './stage/mysqlcluster.ts'
import { eventuallyAsApp } from './stage/sql.ts'
import { stories } from './stage/story.ts'
import { startWriting } from './stage/writer.ts'

const namespace = 'e2e-scale'
const key = { namespace, name: 'elastic' }
const story = stories(namespace)
const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }

const declareSize = (size: number) => declare(key, { size, resources, storage: { onDelete: 'Delete' } })
const podsOf = async () =>
  (await kubernetes.list('Pod', namespace, selectorLabels(key.name))).map(({ metadata }) => metadata.name).toSorted()
const volumesOf = async () =>
  (await kubernetes.list('PersistentVolumeClaim', namespace, selectorLabels(key.name)))
    .map(({ metadata }) => ordinalOf(metadata.name))
    .toSorted()
const told = async (): Promise<readonly string[]> =>
  ((await read(key))?.status?.timeline ?? []).map(({ what, subject }) => `${what} ${subject}`)

story('grows from one member to three while it is written to, and every write is there', async () => {
  await declareSize(1)
  await healthy(key)
  const writer = await startWriting(key, 'growing')
  await kubectl('-n', namespace, 'scale', 'mc', key.name, '--replicas=3')
  await until(key, 'it says that it changes', ({ status }) => status?.phase === 'Changing')
  const cluster = await healthy(key)
  await writer.stop()
  expect(writer.refused).toEqual([])
  expect(cluster.status?.availableReplicas).toBe(3)
  expect(await told()).toEqual(expect.arrayContaining(['scaleOut elastic-1', 'scaleOut elastic-2']))
})

story('shrinks to one member though the last one is the primary, and loses no write', async () => {
  const workflow = (await read(key))?.status?.workflow?.id ?? ''
  await temporal(
    'workflow',
    'update',
    'execute',
    '-w',
    workflow,
    '--name',
    'switchover',
    '--input',
    '{"target":"elastic-2"}',
  )
  await until(key, 'the last member is the primary', ({ status }) => status?.primary === 'elastic-2')
  await eventuallyAsApp(key, 'primary', "SELECT @@hostname AS name HAVING name = 'elastic-2'")
  await healthy(key)
  const writer = await startWriting(key, 'shrinking')
  await declareSize(1)
  const cluster = await healthy(key)
  await writer.stop()
  expect(cluster.status?.primary).toBe('elastic-0')
  expect(await podsOf()).toEqual(['elastic-0'])
  expect(await volumesOf()).toEqual([0])
  expect(await told()).toEqual(expect.arrayContaining(['scaleIn elastic-2', 'scaleIn elastic-1']))
})
