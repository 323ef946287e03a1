import { expect } from '@jest/globals'
import { kubectl } from '../e2e/stage/cluster.ts'
import { membersOf } from '../e2e/stage/members.ts'
import { declare, eventually, healthy, type Key, until } from '../e2e/stage/mysqlcluster.ts'
import { mysqldOf } from '../e2e/stage/processes.ts'
import { record } from '../e2e/stage/recorder.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'full-outage'
const key: Key = { namespace, name: 'phoenix' }
const story = stories(namespace)
const PODS = ['phoenix-0', 'phoenix-1', 'phoenix-2']
const OUTAGE_SECONDS = 120

const here = (...args: string[]): Promise<string> => kubectl('-n', namespace, ...args)

/** Waits until the cluster has noticed, and is Healthy again; resolves with what its timeline says of it. */
const heals = async (incidents: number): Promise<readonly string[]> => {
  const noticed = await until(key, 'the outage is told', ({ status }) => status?.phase !== 'Healthy', 60)
  expect(noticed.status?.phase).toMatch(/Offline|NoQuorum|Degraded/)
  const cluster = await healthy(key, OUTAGE_SECONDS)
  const uuids = (await membersOf(key)).map(({ viewId }) => viewId.split(':')[0])
  expect(new Set(uuids).size).toBe(1)
  expect(cluster.status?.group?.bootstraps).toBeGreaterThan(incidents)
  return (cluster.status?.timeline ?? []).map(({ what, outcome }) => `${what} ${outcome}`)
}

story(
  'when mysqld of every member is killed under load, the cluster is Healthy again, and nothing is lost',
  async () => {
    await declare(key, { size: 3 })
    await healthy(key)
    const writer = await record(key, 'kept')
    await writer.goesOn()
    for (const pid of await Promise.all(PODS.map((pod) => mysqldOf(namespace, pod)))) process.kill(pid, 'SIGKILL')
    expect(await heals(1)).toContain('recoverOutage Succeeded')
    await writer.goesOn()
    await writer.allKept()
  },
)

story('when all pods are deleted by force under load, the cluster is Healthy again, and nothing is lost', async () => {
  const writer = await record(key, 'kept_by_force')
  await writer.goesOn()
  await here('delete', 'pod', ...PODS, '--grace-period=0', '--force', '--wait=false')
  expect(await heals(2)).toContain('recoverOutage Succeeded')
  await writer.goesOn()
  await writer.allKept()
})

story('when two of three members are killed, it heals, and there is one history', async () => {
  const writer = await record(key, 'kept_by_one')
  await writer.goesOn()
  const before = (await healthy(key)).status?.primary ?? ''
  const victims = [before, ...PODS.filter((pod) => pod !== before)].slice(0, 2)
  for (const pid of await Promise.all(victims.map((pod) => mysqldOf(namespace, pod)))) process.kill(pid, 'SIGKILL')
  await eventually('writes stop', 30, async () => (writer.refused() > 0 ? true : undefined))
  await healthy(key, OUTAGE_SECONDS)
  await writer.goesOn()
  await writer.allKept()
})
