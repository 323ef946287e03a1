import { expect } from '@jest/globals'
import { readKept } from '../../src/domain/kept.ts'
import { KEPT_ANNOTATION } from '../../src/domain/names.ts'
import { connectAdmin } from '../../src/mysql/connection.ts'
import { kubectl, kubernetes, temporal } from '../e2e/stage/cluster.ts'
import { reachMember } from '../e2e/stage/members.ts'
import { declare, eventually, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'e2e-rebuild'
const key = { namespace, name: 'mended' }
const story = stories(namespace)

/** Statements on one member, as an administrator with all rights to it. */
const onMember = async (pod: string, ...statements: readonly string[]): Promise<unknown[]> => {
  const { address, access } = await reachMember(key, pod)
  const connection = await connectAdmin(address, access)
  try {
    let rows: unknown[] = []
    for (const statement of statements) rows = await connection.query(statement)
    return rows
  } finally {
    connection.close()
  }
}

/** Makes a member forget the logs of all that it has executed. */
const purge = async (pod: string): Promise<void> => {
  await onMember(pod, 'SET GLOBAL binlog_expire_logs_seconds = 1')
  await eventually(`${pod} has purged its logs`, 30, async () => {
    await onMember(pod, 'FLUSH BINARY LOGS')
    const [row] = await onMember(pod, 'SELECT GTID_SUBTRACT(@@gtid_executed, @@gtid_purged) AS kept')
    return (row as { kept: string }).kept === '' ? true : undefined
  })
  await onMember(pod, 'SET GLOBAL binlog_expire_logs_seconds = 0')
}

const replicaOf = async (ordinal: number): Promise<string> => {
  const members = (await healthy(key)).status?.members ?? []
  return members.filter(({ role }) => role === 'replica')[ordinal]?.name ?? ''
}

const rowsOf = async (): Promise<unknown> =>
  (await eventuallyAsApp(key, 'replicas', 'SELECT COUNT(*) AS n, SUM(id) AS total FROM kept'))[0]

/** Waits for the end of a procedure on a pod that began after those which are known already. */
const ended = async (what: string, subject: string, known: number): Promise<{ outcome: string; message: string }> => {
  const cluster = await until(key, `${what} of ${subject}`, ({ status }) => {
    const entries = status?.timeline ?? []
    return entries.length > known && entries[0]?.what === what && entries[0].subject === subject
  })
  const { outcome = '', message = '' } = cluster.status?.timeline?.[0] ?? {}
  return { outcome, message }
}

const timelineLength = async (): Promise<number> => (await read(key))?.status?.timeline?.length ?? 0

story('a member with a transaction of its own is quarantined, archived, and made a copy of another one', async () => {
  await declare(key, { size: 3 })
  await healthy(key)
  await asApp(key, 'primary', ['CREATE TABLE kept (id INT PRIMARY KEY)', 'INSERT INTO kept VALUES (1), (2), (3)'])
  const pod = await replicaOf(0)
  const known = await timelineLength()
  await onMember(
    pod,
    'STOP GROUP_REPLICATION',
    'SET GLOBAL super_read_only = OFF',
    "CREATE USER errant@localhost IDENTIFIED BY 'none' ACCOUNT LOCK",
    'SET GLOBAL super_read_only = ON',
  )
  const { outcome, message } = await ended('rebuild', pod, known)
  expect({ outcome, message }).toEqual({ outcome: 'Succeeded', message: expect.stringMatching(/archive\/archive-/) })
  const archive = /archive\/archive-[0-9a-f]+/.exec(message)?.[0]
  const logs = await kubectl(
    '-n',
    namespace,
    'exec',
    pod,
    '--',
    'grep',
    '-lc',
    'errant',
    '-r',
    `/var/lib/mysql/${archive}`,
  )
  expect(logs).toContain('binlog.')
  await healthy(key)
  expect(await onMember(pod, "SELECT user FROM performance_schema.accounts WHERE user = 'errant'")).toEqual([])
  expect(await rowsOf()).toMatchObject({ n: 3 })
})

const uptime = async (pod: string): Promise<number> => {
  const asked = "SELECT variable_value AS s FROM performance_schema.global_status WHERE variable_name = 'Uptime'"
  const [row] = await onMember(pod, asked)
  return Number((row as { s: string }).s)
}

story('what it has kept is removed once it is old, while mysqld serves on', async () => {
  const claims = await kubernetes.list('PersistentVolumeClaim', namespace, {})
  const found = claims.find(({ metadata }) => metadata.annotations?.[KEPT_ANNOTATION])
  const { name = '', annotations } = found?.metadata ?? {}
  const pod = name.replace(/^data-/, '')
  const [{ id = '' } = {}] = readKept(annotations?.[KEPT_ANNOTATION])
  const folders = () => kubectl('-n', namespace, 'exec', pod, '--', 'ls', '/var/lib/mysql/archive')
  expect(await folders()).toContain(id)
  const before = await uptime(pod)
  const old = JSON.stringify([{ id, at: 1 }])
  await kubernetes.patch(
    'PersistentVolumeClaim',
    { namespace, name },
    { metadata: { annotations: { [KEPT_ANNOTATION]: old } } },
  )
  const { status } = await healthy(key)
  await temporal('workflow', 'signal', '-w', status?.workflow?.id ?? '', '--name', 'lookAgain')
  await eventually(`${id} is gone`, 120, async () => ((await folders()).includes(id) ? undefined : true))
  await eventually('it is off the record', 60, async () => {
    const [claim] = (await kubernetes.list('PersistentVolumeClaim', namespace, {})).filter(
      ({ metadata }) => metadata.name === name,
    )
    return claim?.metadata.annotations?.[KEPT_ANNOTATION] === undefined ? true : undefined
  })
  expect(await kubectl('-n', namespace, 'get', 'events')).toContain('KeptRemoved')
  expect(await uptime(pod)).toBeGreaterThan(before)
})

story('a member that lacks what the group has purged is made a copy of another one', async () => {
  const pod = await replicaOf(1)
  const known = await timelineLength()
  const others = (await healthy(key)).status?.members?.map(({ name }) => name).filter((name) => name !== pod) ?? []
  await kubectl('-n', namespace, 'patch', 'mysqlcluster', key.name, '--type=merge', '-p', '{"spec":{"paused":true}}')
  await until(
    key,
    'the pause',
    ({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Paused' && is === 'True') ?? false,
  )
  await onMember(pod, 'STOP GROUP_REPLICATION')
  await asApp(key, 'primary', ['INSERT INTO kept VALUES (4)'])
  for (const other of others) await purge(other)
  await kubectl('-n', namespace, 'patch', 'mysqlcluster', key.name, '--type=merge', '-p', '{"spec":{"paused":false}}')
  expect((await ended('rebuild', pod, known)).outcome).toBe('Succeeded')
  await healthy(key)
  expect(await rowsOf()).toMatchObject({ n: 4 })
})

story('a member whose volume is lost comes back with all data', async () => {
  const pod = await replicaOf(0)
  await kubectl('-n', namespace, 'delete', 'pvc', `data-${pod}`, '--wait=false')
  await kubectl('-n', namespace, 'delete', 'pod', pod, '--wait=false')
  await until(key, 'the loss', ({ status }) => status?.phase === 'Degraded')
  await healthy(key)
  expect(await onMember(pod, 'SELECT @@gtid_executed AS holds')).not.toEqual([{ holds: '' }])
  expect(await rowsOf()).toMatchObject({ n: 4 })
})
