import { expect } from '@jest/globals'
import type { TimelineEntry } from '../../crds/mysqlcluster-status.ts'
import { objectNames } from '../../src/domain/names.ts'
import { selectedPod } from '../../src/domain/routing.ts'
import { processesOf } from '../bench/processes.ts'
import { kubectl, kubernetes, OPERATOR_NAMESPACE } from '../e2e/stage/cluster.ts'
import { declare, eventually, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { endOf, sessionWith, takeAllConnections } from '../e2e/stage/sessions.ts'
import { asApp, writeThroughFailover } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'e2e-observer'
const key = { namespace, name: 'watched' }
const story = stories(namespace)
/** What the Lease promises: whoever leads after another one's sudden death does so within this time. */
const TAKE_OVER_MS = 10_000

const writesGoTo = async (): Promise<string | undefined> =>
  selectedPod((await kubernetes.get('Service', { namespace, name: objectNames(key.name).primary }))?.spec?.selector)

const movedFrom = (old: string): Promise<string> =>
  eventually(`writes are led away from ${old}`, 60, async () => {
    const pod = await writesGoTo()
    return pod === old ? undefined : pod
  })

const mysqldOf = async (pod: string): Promise<number> => {
  const found = await kubernetes.get('Pod', { namespace, name: pod })
  const [pid] = processesOf(found?.metadata.uid ?? '', 'mysqld')
  if (pid === undefined) throw new Error(`no mysqld of ${pod} runs on this machine`)
  return pid
}

const lease = async () =>
  (await kubernetes.get('Lease', { namespace: OPERATOR_NAMESPACE, name: 'mysql-operator' }))?.spec

const leader = async (): Promise<{ readonly pod: string; readonly pid: number }> => {
  const pod = (await lease())?.holderIdentity ?? ''
  const uid = (await kubernetes.get('Pod', { namespace: OPERATOR_NAMESPACE, name: pod }))?.metadata.uid ?? ''
  const [pid] = processesOf(uid, 'node')
  if (pid === undefined) throw new Error(`${pod} leads and has no process on this machine`)
  return { pod, pid }
}

const metrics = async (): Promise<readonly string[]> => {
  const { pod } = await leader()
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods/${pod}:8080/proxy/metrics`
  return (await kubectl('get', '--raw', path)).split('\n')
}

const workers = (replicas: number): Promise<string> =>
  kubectl('-n', OPERATOR_NAMESPACE, 'scale', 'deploy/worker', `--replicas=${replicas}`)

const told = (timeline: readonly TimelineEntry[] = []) => timeline.filter(({ what }) => what === 'failover')
const failoversOf = async () => told((await read(key))?.status?.timeline)

story('a failover needs no worker and no free connection, and is told of once they are there', async () => {
  await declare(key, { size: 3, config: { max_connections: 12 }, storage: { onDelete: 'Delete' } })
  const before = (await healthy(key)).status?.primary ?? ''
  await asApp(key, 'primary', ['CREATE TABLE kept (id INT PRIMARY KEY)', 'INSERT INTO kept VALUES (1)'])
  const replicas = Number(
    (await kubectl('-n', OPERATOR_NAMESPACE, 'get', 'deploy', 'worker', '-o', 'jsonpath={.spec.replicas}')).trim(),
  )
  await workers(0)
  try {
    const pods = [0, 1, 2].map((ordinal) => `${key.name}-${ordinal}`)
    const taken = await Promise.all(pods.map((pod) => takeAllConnections(key, pod)))
    try {
      for (const ofOne of taken) expect(ofOne).not.toEqual([])
      process.kill(await mysqldOf(before), 'SIGKILL')
      expect(pods).toContain(await movedFrom(before))
    } finally {
      for (const connection of taken.flat()) connection.destroy()
    }
    await writeThroughFailover(key, 'REPLACE INTO kept VALUES (2)')
    expect(await failoversOf()).toEqual([])
  } finally {
    await workers(replicas)
  }
  const cluster = await until(key, 'the failover is in the timeline', ({ status }) => told(status?.timeline).length > 0)
  expect(cluster.status?.timeline?.[0]).toMatchObject({ what: 'failover', outcome: 'Succeeded' })
  await healthy(key)
  const [failover, ...others] = await failoversOf()
  expect(others).toEqual([])
  expect(failover?.seconds).toBeGreaterThan(1)
  const events = await kubectl('-n', namespace, 'get', 'events.events.k8s.io', '-o', 'jsonpath={.items[*].reason}')
  expect(events.split(' ').filter((reason) => reason === 'FailedOver')).toHaveLength(1)
  expect(await metrics()).toContain(
    `mysql_operator_role_changes_total{namespace="${namespace}",cluster="${key.name}",kind="failover"} 1`,
  )
})

story('clients on a primary that was paused are sent away as soon as it goes on', async () => {
  const before = (await healthy(key)).status?.primary ?? ''
  const session = await sessionWith(key, before)
  const ended = endOf(session)
  const pid = await mysqldOf(before)
  process.kill(pid, 'SIGSTOP')
  let resumed = Number.NaN
  try {
    await movedFrom(before)
    await writeThroughFailover(key, 'REPLACE INTO kept VALUES (3)')
  } finally {
    resumed = Date.now()
    process.kill(pid, 'SIGCONT')
  }
  const seconds = ((await ended) - resumed) / 1000
  process.stdout.write(`its sessions were ended ${seconds} s after it went on\n`)
  expect(await writesGoTo()).not.toBe(before)
  // Until it is told of, the cluster may still be shown as it was before.
  await until(key, 'the second failover is in the timeline', ({ status }) => told(status?.timeline).length === 2)
  await healthy(key)
  expect(await failoversOf()).toHaveLength(2)
})

story('another operator leads within 10 s when the one that leads falls silent, and routes', async () => {
  await healthy(key)
  const primary = (await writesGoTo()) ?? ''
  const old = await leader()
  process.kill(old.pid, 'SIGSTOP')
  const silent = Date.now()
  try {
    await eventually('another operator leads', 60, async () =>
      (await lease())?.holderIdentity !== old.pod ? true : undefined,
    )
    const seconds = (Date.now() - silent) / 1000
    process.stdout.write(`another operator leads ${seconds} s after the silence of the one before\n`)
    expect(seconds * 1000).toBeLessThanOrEqual(TAKE_OVER_MS)
    process.kill(await mysqldOf(primary), 'SIGKILL')
    await movedFrom(primary)
  } finally {
    process.kill(old.pid, 'SIGCONT')
  }
  await healthy(key)
})

story('an operator whose process is killed leads again, or another one does, within 10 s', async () => {
  const old = await leader()
  const killed = Date.now()
  process.kill(old.pid, 'SIGKILL')
  await eventually('an operator leads again', 60, async () => {
    const current = await lease()
    return Date.parse(`${current?.renewTime ?? ''}`) > killed || undefined
  })
  const seconds = (Date.now() - killed) / 1000
  process.stdout.write(`an operator leads ${seconds} s after the death of the one before\n`)
  expect(seconds * 1000).toBeLessThanOrEqual(TAKE_OVER_MS)
})
