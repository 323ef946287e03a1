import { expect } from '@jest/globals'
import { objectNames, READS_LABEL, ROLE_LABEL, selectorLabels } from '../../src/domain/names.ts'
import type { Kind } from '../../src/kubernetes/kinds.ts'
import { kubectl, kubernetes } from './stage/cluster.ts'
import { imprint } from './stage/imprint.ts'
import { membersOf } from './stage/members.ts'
import { declare, eventually, healthy, until } from './stage/mysqlcluster.ts'
import { asApp, eventuallyAsApp } from './stage/sql.ts'
import { stories } from './stage/story.ts'
import { startWriting } from './stage/writer.ts'

const namespace = 'e2e-drift'
const key = { namespace, name: 'upright' }
const names = objectNames(key.name)
const story = stories(namespace)

const here = (...args: string[]): Promise<string> => kubectl('-n', namespace, ...args)
const patch = (service: string, change: object): Promise<string> =>
  here('patch', 'service', service, '--type=merge', '--field-manager=a-colleague', '-p', JSON.stringify(change))
const remove = (...what: string[]): Promise<string> => here('delete', ...what, '--wait=false')
const found = <K extends Kind>(kind: K, name: string) => kubernetes.get(kind, { namespace, name })
const uidOf = async (kind: Kind, name: string): Promise<string | undefined> => (await found(kind, name))?.metadata.uid

const seen = (what: string, is: () => Promise<boolean>): Promise<true> =>
  eventually(what, 60, async () => ((await is()) ? true : undefined))

/** Waits for an event that tells of the correction of an object. */
const told = (object: string, more: RegExp): Promise<true> =>
  seen(`${object}: ${more} is told`, async () =>
    (await kubernetes.list('Event', namespace, {})).some(
      ({ reason, note = '' }) => reason === 'DriftCorrected' && note.startsWith(object) && more.test(note),
    ),
  )

/** Deletes an object, and waits until there is another one of its name. */
const madeAgain = async (kind: Kind, name: string): Promise<void> => {
  const before = await uidOf(kind, name)
  await remove(kind.toLowerCase(), name)
  await seen(`${kind} ${name} again`, async () => ![undefined, before].includes(await uidOf(kind, name)))
}

story('an object of someone else is refused and left alone, and the cluster forms once it is gone', async () => {
  const other = { namespace, name: 'refused' }
  const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }
  await here('create', 'service', 'clusterip', 'refused-primary', '--tcp=80:80')
  await Promise.all([declare(key, { size: 3 }), declare(other, { size: 1, resources })])
  const blocked = await until(other, 'Blocked', ({ status }) => status?.phase === 'Blocked', 60)
  const words = 'Resource "Service refused-primary" already exists and is not managed by MySQLCluster'
  expect(blocked.status?.message).toContain(words)
  expect(blocked.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'False', reason: 'ErrResourceExists' }),
  )
  expect(await here('get', 'events', '--field-selector', 'reason=ErrResourceExists')).toContain(words)
  expect((await found('Service', 'refused-primary'))?.spec?.ports).toMatchObject([{ port: 80 }])
  expect(await found('StatefulSet', 'refused')).toBeUndefined()
  await remove('service', 'refused-primary')
  await healthy(other)
  await remove('mc', 'refused')
  await healthy(key)
})

story('what others change or delete beside the members is put back, and no member or client notices', async () => {
  const before = await imprint(key)
  const writer = await startWriting(key, 'beside')

  await patch(names.replicas, { spec: { ports: [{ name: 'mysql', port: 3307, targetPort: 'mysql' }] } })
  await told('Service upright-replicas', /a-colleague \(.*spec\.ports/)
  await patch(names.replicas, { spec: { selector: { app: 'another' } } })
  await told('Service upright-replicas', /a-colleague \(.*spec\.selector/)
  const service = await found('Service', names.replicas)
  expect(service?.spec?.ports).toMatchObject([{ name: 'mysql', port: 3306 }])
  expect(service?.spec?.selector).toEqual({ ...selectorLabels(key.name), [READS_LABEL]: 'true' })

  for (const name of [names.headless, names.replicas, names.any]) {
    await madeAgain('Service', name)
    await told(`Service ${name}`, /was gone/)
  }
  await madeAgain('PodDisruptionBudget', names.disruption)
  await madeAgain('NetworkPolicy', names.network)
  const [config] = await kubernetes.list('ConfigMap', namespace, selectorLabels(key.name))
  await madeAgain('ConfigMap', config?.metadata.name ?? '')

  const labels = ['app.kubernetes.io/component=x', 'app.kubernetes.io/instance=another']
  await here('label', 'statefulset', key.name, ...labels, '--overwrite', '--field-manager=a-colleague')
  await told('StatefulSet upright', /a-colleague \(.*metadata\.labels/)
  const pod = before.primary ?? ''
  await here('label', 'pod', pod, `${ROLE_LABEL}-`)
  await seen('its role', async () => (await found('Pod', pod))?.metadata.labels?.[ROLE_LABEL] === 'primary')

  expect(await eventuallyAsApp(key, 'replicas', 'SELECT 1 AS alive')).toMatchObject([{ alive: 1 }])
  await healthy(key)
  await writer.stop()
  expect(writer.refused).toEqual([])
  expect(await imprint(key)).toEqual(before)
})

story('the write Service comes back when it is changed or deleted', async () => {
  const before = await imprint(key)
  await patch(names.primary, { spec: { selector: { app: 'another' } } })
  await seen('its selector', async () => !(await found('Service', names.primary))?.spec?.selector?.['app'])
  await eventuallyAsApp(key, 'primary', 'SELECT 1 AS alive')
  await madeAgain('Service', names.primary)
  await eventuallyAsApp(key, 'primary', 'SELECT 1 AS alive')
  await asApp(key, 'primary', ['CREATE TABLE again (id INT PRIMARY KEY)', 'INSERT INTO again VALUES (1)'])
  await healthy(key)
  expect(await imprint(key)).toEqual(before)
})

story(
  'a deleted Secret is there all the while, comes back with what it held, and the operator knows the members',
  async () => {
    const before = await imprint(key)
    const secrets = [names.system, names.app, names.tls]
    const held = await Promise.all(secrets.map((name) => found('Secret', name)))
    await remove('secret', ...secrets)
    for (const [index, name] of secrets.entries()) {
      await seen(`Secret ${name} again`, async () => {
        const secret = await found('Secret', name)
        expect(secret?.data).toEqual(held[index]?.data)
        return secret?.metadata.uid !== held[index]?.metadata.uid
      })
      await told(`Secret ${name}`, /was deleted/)
    }
    await healthy(key)
    expect(await imprint(key)).toEqual(before)
  },
)

story('a StatefulSet scaled up by hand goes back, keeps the volume that it made, and lets nobody in', async () => {
  const before = await imprint(key)
  const writer = await startWriting(key, 'wider')
  await here('scale', 'statefulset', key.name, '--replicas=4')
  await told('StatefulSet upright', /kubectl \(spec\.replicas/)
  await seen('upright-3 gone', async () => (await found('Pod', 'upright-3')) === undefined)
  expect((await found('StatefulSet', key.name))?.spec?.replicas).toBe(3)
  await healthy(key)
  await writer.stop()
  expect(writer.refused).toEqual([])
  expect(await imprint(key)).toEqual(before)
})

story('a StatefulSet scaled down by hand goes back, and the member that went comes back', async () => {
  const before = await imprint(key)
  const writer = await startWriting(key, 'narrower')
  await here('scale', 'statefulset', key.name, '--replicas=2')
  const went = before.pods.find(({ name }) => name === 'upright-2')?.uid
  await seen('another upright-2', async () => ![undefined, went].includes(await uidOf('Pod', 'upright-2')))
  await healthy(key)
  await writer.stop()
  if (before.primary !== 'upright-2') expect(writer.refused).toEqual([])
  expect((await imprint(key)).pods.slice(0, 2)).toEqual(before.pods.slice(0, 2))
})

story('a StatefulSet deleted without its pods is made again and adopts them', async () => {
  const before = await imprint(key)
  const writer = await startWriting(key, 'orphaned')
  const old = await uidOf('StatefulSet', key.name)
  await remove('statefulset', key.name, '--cascade=orphan')
  const owners = async () =>
    (await kubernetes.list('Pod', namespace, selectorLabels(key.name))).map(
      ({ metadata }) => metadata.ownerReferences?.[0]?.uid,
    )
  await seen('all pods adopted', async () => {
    const now = await uidOf('StatefulSet', key.name)
    return now !== undefined && now !== old && (await owners()).every((owner) => owner === now)
  })
  await healthy(key)
  await writer.stop()
  expect(writer.refused).toEqual([])
  expect(await imprint(key)).toEqual(before)
})

story('a StatefulSet deleted with its pods is made again, and the cluster comes back with all its data', async () => {
  const before = await imprint(key)
  await asApp(key, 'primary', ['CREATE TABLE kept (id INT PRIMARY KEY)', 'INSERT INTO kept VALUES (1), (2), (3)'])
  await remove('statefulset', key.name)
  await until(
    key,
    'a group was made again',
    ({ status }) => status?.group?.incarnation !== before.group?.incarnation,
    400,
  )
  await healthy(key)
  expect(await eventuallyAsApp(key, 'replicas', 'SELECT COUNT(*) AS n FROM kept HAVING n = 3')).toMatchObject([
    { n: 3 },
  ])
  expect(new Set((await membersOf(key)).map(({ viewId }) => viewId.split(':')[0])).size).toBe(1)
})
