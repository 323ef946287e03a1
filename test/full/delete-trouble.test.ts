import { expect } from '@jest/globals'
import { kubectl, kubernetes, OPERATOR_NAMESPACE } from '../e2e/stage/cluster.ts'
import { declare, eventually, gone, healthy, type Key, read, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'e2e-delete-trouble'
const story = stories(namespace)
const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }
const PLAIN = { size: 1, resources, storage: { onDelete: 'Delete' } }
const KINDS = 'sts,pods,svc,pdb,pvc,secrets,cm'

const remove = (key: Key): Promise<string> =>
  kubectl('-n', key.namespace, 'delete', 'mc', key.name, '--wait=false', '--ignore-not-found')

const left = async ({ name }: Key): Promise<string[]> => {
  const label = `app.kubernetes.io/instance=${name}`
  const names = await kubectl('-n', namespace, 'get', KINDS, '-l', label, '-o', 'name')
  return names.split('\n').filter((line) => line !== '')
}

/** Waits until nothing at all is left of a cluster. */
const nothingLeft = (key: Key): Promise<true> =>
  eventually(`nothing left of ${key.name}`, 60, async () => ((await left(key)).length === 0 ? true : undefined))

const inPod = (pod: string, statement: string): Promise<string> =>
  kubectl(
    '-n',
    namespace,
    'exec',
    pod,
    '--',
    'mysql',
    '--defaults-extra-file=/run/mysqld/handover.cnf',
    '-e',
    statement,
  )

const scaleOperator = async (operators: number, workers: number): Promise<void> => {
  const scale = ['-n', OPERATOR_NAMESPACE, 'scale', 'deployment']
  await kubectl(...scale, 'operator', `--replicas=${operators}`)
  await kubectl(...scale, 'worker', `--replicas=${workers}`)
}

story('a cluster is deleted while it is being made', async () => {
  const key = { namespace, name: 'unborn' }
  await declare(key, { ...PLAIN, size: 3 })
  await until(key, 'its pods are there', ({ status }) => (status?.replicas ?? 0) > 0)
  await remove(key)
  await gone(key)
  await nothingLeft(key)
})

story('a cluster is deleted whose members never started', async () => {
  const key = { namespace, name: 'never' }
  await declare(key, { ...PLAIN, image: 'localhost/no-such-mysql:1' })
  await until(key, 'Blocked', ({ status }) => status?.phase === 'Blocked')
  await remove(key)
  await gone(key)
  await nothingLeft(key)
})

story('a cluster is deleted whose declaration is refused', async () => {
  const key = { namespace, name: 'refused' }
  await declare(key, { ...PLAIN, config: { gtid_mode: 'OFF' } })
  await until(key, 'Blocked', ({ status }) => status?.phase === 'Blocked')
  await remove(key)
  await gone(key)
})

story('a member that does not end is waited for, until a person forces the deletion', async () => {
  const key = { namespace, name: 'stuck' }
  const pod = { namespace, name: 'stuck-0' }
  await declare(key, PLAIN)
  await healthy(key)
  await kubernetes.patch('Pod', pod, { metadata: { finalizers: ['example.org/keep'] } })
  await remove(key)
  await eventually('mysqld has ended', 60, async () => {
    const { status } = (await kubernetes.get('Pod', pod)) ?? {}
    return status?.containerStatuses?.[0]?.state?.terminated
  })
  expect(await read(key)).toMatchObject({ status: { phase: 'Deleting' } })
  await kubectl('-n', namespace, 'annotate', 'mc', 'stuck', 'example.com/force-delete=true')
  await gone(key)
  await kubernetes.patch('Pod', pod, { metadata: { finalizers: null } })
  await nothingLeft(key)
})

story('a cluster that is deleted while the operator is away serves on, and goes once it is back', async () => {
  const key = { namespace, name: 'waiting' }
  await declare(key, PLAIN)
  await healthy(key)
  await scaleOperator(0, 0)
  try {
    await kubectl(
      ...['-n', OPERATOR_NAMESPACE, 'wait', '--for=delete', 'pods'],
      ...['-l', 'app.kubernetes.io/component in (operator,worker)', '--timeout=60s'],
    )
    await remove(key)
    expect(await read(key)).toMatchObject({ metadata: { deletionTimestamp: expect.any(String) } })
    expect(await asApp(key, 'primary', ['SELECT 1 AS alive'])).toMatchObject([{ alive: 1 }])
  } finally {
    await scaleOperator(2, 1)
  }
  await gone(key)
  await nothingLeft(key)
})

story('a cluster goes with its namespace', async () => {
  const key = { namespace: `${namespace}-whole`, name: 'tenant' }
  await kubectl('create', 'namespace', key.namespace)
  await declare(key, PLAIN)
  await healthy(key)
  await kubectl('delete', 'namespace', key.namespace, '--timeout=120s')
  expect(await read(key)).toBeUndefined()
})

story('of retained volumes the one that holds everything becomes the seed, whatever its number', async () => {
  const key = { namespace, name: 'heir' }
  const retained = { size: 2, resources, storage: { onDelete: 'Retain' } }
  await declare(key, retained)
  await healthy(key)
  await asApp(key, 'primary', ['CREATE TABLE will (id INT PRIMARY KEY)', 'INSERT INTO will VALUES (1)'])
  await declare(key, { ...retained, paused: true })
  await until(key, 'paused', ({ status }) =>
    (status?.conditions ?? []).some(({ type, status: is }) => type === 'Paused' && is === 'True'),
  )
  await inPod('heir-0', 'STOP GROUP_REPLICATION')
  await until(key, 'heir-1 takes the writes', ({ status }) => status?.primary === 'heir-1')
  await eventually('a write', 30, () => asApp(key, 'primary', ['INSERT INTO will VALUES (2)']).catch(() => undefined))
  await remove(key)
  await gone(key)
  await declare(key, retained)
  const cluster = await healthy(key, 400)
  expect(cluster.status?.group).toMatchObject({ seed: 'heir-1', bootstraps: 1 })
  expect(await eventuallyAsApp(key, 'replicas', 'SELECT COUNT(*) AS n FROM will')).toMatchObject([{ n: 2 }])
})
