import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { contains, parseGtidSet } from '../../../src/domain/gtid.ts'
import { guard } from '../invariants/invariants.ts'
import { askForBackup, backupNow, isCompleted } from '../run/backups.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(60_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

test('a cluster that was deleted with its data is made again from its backup, and holds all that this held', async () => {
  const world = await stories.begin({ backups: true, onDelete: 'Delete' })
  const invariants = guard(world)
  await untilGood(world)
  const primary = world.mysql.members().find(({ acknowledges }) => acknowledges)
  await Promise.all([world.mysql.write(primary?.ip ?? ''), world.time.runUntil(world.time.now() + 1_000)])
  const backup = askForBackup(world)
  if (!backup) throw new Error('there is no backup')
  await until(world, 'it is completed', () => isCompleted(world, backup))
  const held = parseGtidSet(backupNow(world, backup)?.status?.gtids ?? '')
  world.user.remove()
  await until(world, 'the cluster is gone', () => world.user.cluster() === undefined)
  world.user.apply({ restoreFrom: { backup: backup.metadata.name } })
  await untilGood(world)
  expect(held.size).toBeGreaterThan(0)
  expect(contains(held, world.mysql.acknowledged())).toBe(true)
  expect(world.mysql.members().every(({ holds }) => contains(holds, held))).toBe(true)
  const { restore } = (world.user.cluster()?.['status'] ?? {}) as MySQLClusterStatus
  expect(restore?.finishedAt).toBeDefined()
  await invariants.atEnd()
  expect(world.violations).toEqual([])
})
