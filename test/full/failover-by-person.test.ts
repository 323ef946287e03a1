import { expect } from '@jest/globals'
import { parseOperation } from '../../activities/operations.ts'
import { API_VERSION } from '../../crds/group.ts'
import { type MySQLOperation, OPERATION_KIND } from '../../crds/mysqloperation.ts'
import { createMySQL } from '../../src/mysql/mysql.ts'
import { away } from '../chaos/faults/machine.ts'
import { kubectl, kubernetes } from '../e2e/stage/cluster.ts'
import { reachMember } from '../e2e/stage/members.ts'
import { condition, declare, eventually, healthy, read, until } from '../e2e/stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp, writeThroughFailover } from '../e2e/stage/sql.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'full-by-person'
const key = { namespace, name: 'decided' }
const story = stories(namespace)

const ask = async (name: string, spec: object): Promise<void> => {
  const metadata = { namespace, name }
  const operation = {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata,
    spec: { clusterName: key.name, ...spec },
  }
  await kubernetes.create(operation as never)
}

const answer = (name: string, approved: boolean): Promise<string> =>
  kubectl('-n', namespace, 'patch', 'mo', name, '--type=merge', '-p', JSON.stringify({ spec: { approved } }))

/** Waits until an operation is in this phase. */
const inPhase = (name: string, phase: string): Promise<MySQLOperation> => {
  let last: MySQLOperation | undefined
  return eventually(
    `${name} is ${phase}`,
    180,
    async () => {
      const found = await kubernetes.get(OPERATION_KIND, { namespace, name })
      last = found && parseOperation(found)
      return last?.status?.phase === phase ? last : undefined
    },
    () => last?.status,
  )
}

/** Who is ONLINE in the group, by the word of this member. */
const onlineBy = async (pod: string): Promise<readonly string[]> => {
  const { address, access } = await reachMember(key, pod)
  const { rows } = await createMySQL().inspect(address, access)
  return rows.flatMap(({ state, pod: name }) => (state === 'ONLINE' && name ? [name] : []))
}

const record = async () => (await read(key))?.status?.group

story('without the majority nothing is made before a person has seen what may be lost, and approves', async () => {
  await declare(key, { size: 3, storage: { onDelete: 'Delete' } })
  const { status } = await healthy(key)
  const [survivor = '', other = ''] = (status?.members ?? []).flatMap(({ name, role }) =>
    role === 'replica' ? [name] : [],
  )
  const gone = [status?.primary ?? '', other].toSorted()
  await asApp(key, 'primary', ['CREATE TABLE ledger (id INT PRIMARY KEY)', 'INSERT INTO ledger VALUES (1)'])
  await eventuallyAsApp(key, 'replicas', 'SELECT id FROM ledger')

  await away(key, gone, async () => {
    await until(key, 'the outage is told', (cluster) => cluster.status?.phase === 'Offline')
    await ask('no', { failover: { target: survivor } })
    const shown = await inPhase('no', 'AwaitingApproval')
    expect(shown.status?.loss?.seed).toBe(survivor)
    for (const pod of gone) expect(shown.status?.message).toContain(pod)
    const waiting = await until(
      key,
      'a person is asked',
      (cluster) => condition(cluster, 'AwaitingApproval') === 'True',
    )
    expect(waiting.status?.group).toEqual(status?.group)
    await answer('no', false)
    await inPhase('no', 'Failed')
    expect(await record()).toEqual(status?.group)

    await ask('go-on', { failover: { target: survivor } })
    await inPhase('go-on', 'AwaitingApproval')
    expect(await record()).toEqual(status?.group)
    await answer('go-on', true)
    const done = await inPhase('go-on', 'Succeeded')
    await writeThroughFailover(key, 'REPLACE INTO ledger VALUES (2)')
    const after = await until(key, 'writes follow', (cluster) => cluster.status?.primary === survivor)
    expect(after.status?.group?.name).toBe(done.metadata.uid)
    expect(await onlineBy(survivor)).toEqual([survivor])
  })

  await healthy(key)
  expect(await eventuallyAsApp(key, 'replicas', 'SELECT id FROM ledger ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }])
  expect((await onlineBy(survivor)).length).toBe(3)
})
