import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { NAMES, NAMESPACE } from '../run/user.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(300_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

test('the passwords of volumes that are kept outlive a cluster that was deleted with its Secret', async () => {
  const world = await stories.begin()
  await untilGood(world)
  const { objects } = world.kubernetes
  const key = { namespace: NAMESPACE, name: NAMES.system }
  const before = objects.get('Secret', key)
  objects.delete('Secret', key, { by: 'person' })
  world.user.remove()
  await until(world, 'the cluster is gone', () => world.user.cluster() === undefined)
  const after = objects.get('Secret', key)
  expect(after?.data).toEqual(before?.data)
  expect(after?.metadata.deletionTimestamp).toBeUndefined()
  expect(after?.metadata.finalizers ?? []).toEqual([])
})

test('a cluster goes though somebody else holds its Secret, whose content is kept beside it', async () => {
  const world = await stories.begin()
  await untilGood(world)
  const { objects } = world.kubernetes
  const key = { namespace: NAMESPACE, name: NAMES.system }
  const before = objects.get('Secret', key)
  const finalizers = [...(before?.metadata.finalizers ?? []), 'example.org/backup']
  objects.patch('Secret', key, { metadata: { finalizers } }, 'person')
  objects.delete('Secret', key, { by: 'person' })
  world.user.remove()
  await until(world, 'the cluster is gone', () => world.user.cluster() === undefined)
  expect(objects.get('Secret', key)?.metadata.finalizers).toEqual(['example.org/backup'])
  expect(objects.get('Secret', { ...key, name: `${key.name}-copy` })?.data).toEqual(before?.data)
})
