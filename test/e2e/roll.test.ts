import { expect } from '@jest/globals'
import { imprint } from './stage/imprint.ts'
import { declare, healthy, read, until } from './stage/mysqlcluster.ts'
import { asApp } from './stage/sql.ts'
import { stories } from './stage/story.ts'
import { startWriting } from './stage/writer.ts'

const namespace = 'e2e-roll'
const key = { namespace, name: 'steady' }
const story = stories(namespace)
const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }

const declareWith = (over: object) =>
  declare(key, { size: 3, resources, storage: { onDelete: 'Delete' }, config: { max_connections: 60 }, ...over })
const uids = async () => (await imprint(key)).pods.map(({ uid }) => uid)
const renewed = async (): Promise<readonly string[]> =>
  ((await read(key))?.status?.timeline ?? [])
    .filter(({ what }) => what === 'renewMember')
    .map(({ subject = '' }) => subject)
    .toReversed()

story('a setting is changed on every member, replicas first, while writes go on', async () => {
  await declareWith({})
  const before = await healthy(key)
  const made = await uids()
  const writer = await startWriting(key, 'rolling')
  await declareWith({ config: { max_connections: 77 } })
  await until(key, 'it changes', ({ status }) => status?.phase === 'Changing')
  await healthy(key, 400)
  await writer.goesOn()
  await writer.stop()
  const order = await renewed()
  expect(order.toSorted()).toEqual(['steady-0', 'steady-1', 'steady-2'])
  expect(order.at(-1)).toBe(before.status?.primary)
  expect((await uids()).filter((uid) => made.includes(uid))).toEqual([])
  expect(await asApp(key, 'primary', ['SELECT @@max_connections AS n'])).toEqual([{ n: 77 }])
})

const reads = (reason: string) =>
  until(
    key,
    reason,
    ({ status }) => status?.conditions?.some((one) => one.type === 'Healthy' && one.reason === reason) ?? false,
  )

story('an image that cannot be pulled reaches no member, and putting the old one back is all it takes', async () => {
  await healthy(key)
  const made = await uids()
  await declareWith({ config: { max_connections: 77 }, image: 'mysql:none' })
  expect((await reads('ImageUnavailable')).status).toMatchObject({ phase: 'Blocked', availableReplicas: 3 })
  await declareWith({ config: { max_connections: 77 } })
  await healthy(key)
  expect(await uids()).toEqual(made)
})

story('what only a member shows stops at one member, and putting the old back heals it', async () => {
  const serving = await healthy(key)
  const writer = await startWriting(key, 'stopped')
  const limits = { memory: '512Mi' }
  await declareWith({ config: { max_connections: 77 }, resources: { ...resources, limits } })
  const stopped = await reads('OutOfMemory')
  expect(stopped.status).toMatchObject({ phase: 'Degraded', availableReplicas: 2, primary: serving.status?.primary })
  await writer.goesOn()
  await declareWith({ config: { max_connections: 77 } })
  await healthy(key, 400)
  await writer.stop()
  expect(writer.refused).toEqual([])
})
