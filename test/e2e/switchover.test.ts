import { expect } from '@jest/globals'
import { createConnection } from 'mysql2/promise'
import { API_VERSION } from '../../crds/group.ts'
import { type MySQLOperationStatus, OPERATION_KIND } from '../../crds/mysqloperation.ts'
import { READS_LABEL, ROLE_LABEL, selectorLabels } from '../../src/domain/names.ts'
import { MAX_QUEUE } from '../../src/domain/switchover.ts'
import { kubectl, kubernetes, temporal } from './stage/cluster.ts'
import { imprint } from './stage/imprint.ts'
import { membersOf } from './stage/members.ts'
import { declare, eventually, healthy, read, until } from './stage/mysqlcluster.ts'
import { asApp, connectionOf } from './stage/sql.ts'
import { stories } from './stage/story.ts'
import { startWriting } from './stage/writer.ts'

const namespace = 'e2e-switchover'
const key = { namespace, name: 'shop' }
const story = stories(namespace)

const primaryNow = async (): Promise<string> => (await read(key))?.status?.primary ?? ''
const replicaNow = async (): Promise<string> =>
  (await read(key))?.status?.members?.find(({ role }) => role === 'replica')?.name ?? ''
const workflow = async (): Promise<string> => (await read(key))?.status?.workflow?.id ?? ''

const apply = (name: string, switchover: object): Promise<unknown> =>
  kubernetes.create({
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: { namespace, name },
    spec: { clusterName: key.name, switchover },
  } as never)

/** How an operation ended. */
const ended = (name: string): Promise<MySQLOperationStatus> => {
  let seen: unknown
  return eventually(
    `the end of ${name}`,
    60,
    async () => {
      const status = (await kubernetes.get(OPERATION_KIND, { namespace, name }))?.['status'] as
        | MySQLOperationStatus
        | undefined
      seen = status
      return status?.phase === 'Succeeded' || status?.phase === 'Failed' ? status : undefined
    },
    () => seen,
  )
}

/** Everything that makes a member the primary, and no other one: the servers, the labels, the endpoints of the write Service. */
const leadsAlone = async (primary: string): Promise<void> => {
  const members = await membersOf(key)
  expect(members.filter(({ readOnly }) => !readOnly).map(({ pod }) => pod)).toEqual([primary])
  // Readers follow the write Service by a moment, as its change must not wait for that of another one.
  await eventually(`${primary} alone is labelled as the primary`, 10, async () => {
    const pods = await kubernetes.list('Pod', namespace, { ...selectorLabels(key.name), [ROLE_LABEL]: 'primary' })
    return pods.map(({ metadata }) => metadata.name).join() === primary ? true : undefined
  })
  const slices = ['get', 'endpointslices', '-l', `kubernetes.io/service-name=${key.name}-primary`]
  const names = ['-o', 'jsonpath={.items[*].endpoints[*].targetRef.name}']
  await eventually(`endpoints of the write Service are ${primary}`, 10, async () =>
    (await kubectl('-n', namespace, ...slices, ...names)) === primary ? true : undefined,
  )
}
const podsOf = async () => (await imprint(key)).pods

/** What the CLI says when an update is refused. */
const refusal = async (input: object): Promise<string> => {
  const asked = ['workflow', 'update', 'execute', '-w', await workflow(), '--name', 'switchover']
  return temporal(...asked, '--input', JSON.stringify(input)).then(
    (said) => `not refused: ${said}`,
    (error: { stderr?: string }) => error.stderr ?? '',
  )
}

story('a switchover by object moves the writes, loses none, restarts nothing, and is told of', async () => {
  await declare(key, { size: 3 })
  await healthy(key)
  const [before, target, pods] = [await primaryNow(), await replicaNow(), await podsOf()]
  const writer = await startWriting(key, 'kept')
  await writer.goesOn()
  await apply('by-object', { target })
  const status = await ended('by-object')
  expect(status).toMatchObject({
    phase: 'Succeeded',
    message: `${target} is the primary now; before, ${before} was.`,
    startedAt: expect.any(String),
    finishedAt: expect.any(String),
  })
  await leadsAlone(target)
  await writer.goesOn()
  await writer.stop()
  expect(await podsOf()).toEqual(pods)
  const cluster = await until(key, 'the record is gone', ({ status: now }) => now?.procedure === undefined)
  expect(cluster.status?.timeline?.[0]).toMatchObject({
    what: 'switchover',
    subject: target,
    outcome: 'Succeeded',
    why: 'MySQLOperation by-object asks for it',
  })
  expect(cluster.status?.timeline?.filter(({ what }) => what !== 'switchover')).toEqual([])
  const events = await kubectl('-n', namespace, 'get', 'events.events.k8s.io', '-o', 'jsonpath={.items[*].reason}')
  expect(events.split(' ')).toContain('SwitchoverSucceeded')
})

story(
  'a switchover by update is answered with its name, one by signal becomes an object: both are carried out',
  async () => {
    const id = await workflow()
    const before = await primaryNow()
    const execute = ['workflow', 'update', 'execute', '-w', id, '--name', 'switchover', '--input', '{}']
    const [name = ''] = /shop-switchover-[0-9a-f]{8}/.exec(await temporal(...execute)) ?? []
    expect((await ended(name)).phase).toBe('Succeeded')
    const best = await until(key, 'another primary', ({ status }) => ![undefined, before].includes(status?.primary))
    await leadsAlone(best.status?.primary ?? '')

    const input = JSON.stringify({ target: before })
    await temporal('workflow', 'signal', '-w', id, '--name', 'switchover', '--input', input)
    await until(key, 'the first primary again', ({ status }) => status?.primary === before)
    await leadsAlone(before)
    await until(key, 'no procedure', ({ status }) => status?.procedure === undefined)
    await healthy(key)
  },
)

story('a target that is missing or lags is refused with the reason, and nothing changes', async () => {
  const [primary, target] = [await primaryNow(), await replicaNow()]
  expect(await refusal({ target: 'shop-7' })).toContain('shop-7 is no member of this cluster; the members are shop-0')
  expect(await refusal({ to: target })).toContain('the input of switchover is not understood')
  await apply('missing', { target: 'shop-7' })
  expect(await ended('missing')).toMatchObject({
    phase: 'Failed',
    message: expect.stringContaining('Refused: shop-7 is no member of this cluster'),
  })

  await asApp(key, 'primary', ['CREATE TABLE slow (id INT AUTO_INCREMENT PRIMARY KEY, at INT)'])
  const pod = await kubernetes.get('Pod', { namespace, name: target })
  const options = { ...(await connectionOf(key, 'primary')), host: pod?.status?.podIP ?? '' }
  await eventually(`${target} is read again, and its sessions are left alone`, 30, async () => {
    const marked = await kubernetes.get('Pod', { namespace, name: target })
    return marked?.metadata.labels?.[READS_LABEL] ? true : undefined
  })
  const lock = await eventually('the table on the replica, locked', 10, async () => {
    const connection = await createConnection(options)
    const isLocked = await connection.query('LOCK TABLES slow READ').catch(() => undefined)
    if (!isLocked) connection.destroy()
    return isLocked && connection
  })
  try {
    const inserts = Array.from({ length: MAX_QUEUE / 2 }, (_, n) => `INSERT INTO slow (at) VALUES (${n})`)
    await Promise.all([1, 2, 3].map(() => asApp(key, 'primary', inserts)))
    expect(await refusal({ target })).toMatch(new RegExp(`${target} lags: it has \\d+ transactions still to apply`))
  } finally {
    lock.destroy()
  }
  expect(await primaryNow()).toBe(primary)
  await leadsAlone(primary)
})
