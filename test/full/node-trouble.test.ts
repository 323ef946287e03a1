import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '@jest/globals'
import { crashParts, startParts } from '../../deploy/local/cluster.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { imprint } from '../e2e/stage/imprint.ts'
import { declare, eventually, healthy, type Key, read, until } from '../e2e/stage/mysqlcluster.ts'
import { mysqldOf } from '../e2e/stage/processes.ts'
import { record } from '../e2e/stage/recorder.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'full-node-trouble'
const key: Key = { namespace, name: 'adrift' }
const story = stories(namespace)
/** Longer than the operator waits for a node that is not ready. */
const LASTING_MS = 75_000

const nodeIsReady = async (pod: string): Promise<boolean> => {
  const node = (await kubernetes.get('Pod', { namespace, name: pod }))?.spec?.nodeName ?? ''
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
  return (await kubectl('get', 'node', node, '-o', path)) === 'True'
}
const uidOf = async (pod: string): Promise<string | undefined> =>
  (await kubernetes.get('Pod', { namespace, name: pod }))?.metadata.uid
const removals = async () => (await read(key))?.status?.timeline?.filter(({ what }) => what === 'removePod') ?? []

story(
  'members on a node that is not ready stay as long as they serve; one that dies there is removed once the group has expelled it',
  async () => {
    await declare(key, { size: 3 })
    await healthy(key)
    const writer = await record(key, 'kept')
    await writer.goesOn()
    const before = await imprint(key)
    const victim = (await read(key))?.status?.members?.find(({ role }) => role === 'replica')?.name ?? ''
    const [pid, uid] = [await mysqldOf(namespace, victim), await uidOf(victim)]

    await crashParts(['kubelet'])
    try {
      await eventually('the node is not ready', 120, async () => ((await nodeIsReady(victim)) ? undefined : true))
      await sleep(LASTING_MS)
      await writer.goesOn()
      expect(await imprint(key)).toEqual(before)
      expect(await removals()).toEqual([])

      process.kill(pid, 'SIGKILL')
      await until(key, `${victim} is out of the group`, ({ status }) => status?.phase === 'Degraded', 60)
      await eventually(`the pod of ${victim} is another one`, 60, async () => {
        const now = await uidOf(victim)
        return now !== undefined && now !== uid ? true : undefined
      })
      const told = await eventually('the removal is told', 60, async () => (await removals())[0])
      expect(told).toMatchObject({
        subject: victim,
        outcome: 'Succeeded',
        why: expect.stringContaining('is not ready'),
      })
      await writer.goesOn()
    } finally {
      await startParts(['kubelet'])
    }
    await healthy(key, 180)
    await writer.goesOn()
    await writer.allKept()
    const after = await imprint(key)
    expect(after.primary).toBe(before.primary)
    expect(after.pods.filter(({ name }) => name !== victim)).toEqual(before.pods.filter(({ name }) => name !== victim))
  },
)
