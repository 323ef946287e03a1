import { expect } from '@jest/globals'
import { makeErrant } from '../chaos/faults/data.ts'
import { kill } from '../chaos/faults/processes.ts'
import { kubectl } from '../e2e/stage/cluster.ts'
import { membersOf } from '../e2e/stage/members.ts'
import { declare, eventually, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { stories } from '../e2e/stage/story.ts'

const key = { namespace: 'full-diverged', name: 'target' }
const story = stories(key.namespace)

const pause = (paused: boolean): Promise<string> =>
  kubectl('-n', key.namespace, 'patch', 'mc', key.name, '--type=merge', '-p', JSON.stringify({ spec: { paused } }))

story(
  'two members that each hold something of their own wait for a person, and no group is made of either',
  async () => {
    await declare(key, { size: 3, storage: { onDelete: 'Delete' } })
    const { status } = await healthy(key)
    const pods = (await membersOf(key)).map(({ pod }) => pod)
    await pause(true)
    await until(
      key,
      'the pause',
      (cluster) =>
        cluster.status?.conditions?.some(({ type, status: is }) => type === 'Paused' && is === 'True') ?? false,
    )
    for (const pod of pods.slice(0, 2)) await makeErrant(key, pod)
    await kill(key, ...pods)
    await eventually('all members answer and none is in a group', 120, async () => {
      const members = await membersOf(key).catch(() => [])
      return (
        (members.length === 3 && members.every(({ rows }) => !rows.some(({ state }) => state === 'ONLINE'))) ||
        undefined
      )
    })
    await pause(false)
    await until(key, 'a person is asked', (cluster) => cluster.status?.phase === 'Diverged')
    expect((await read(key))?.status?.group).toEqual(status?.group)
  },
)
