import { beforeAll, expect, test } from '@jest/globals'
import { useApiServer } from './stage/jest.ts'
import { type Manifest, render } from './stage/manifests.ts'
import { ACCOUNTS, decided, install, rightsOf, sendAs } from './stage/rights.ts'
import { operatorsDay, workersDay } from './stage/work.ts'

const stage = useApiServer()
const WATCHED = 'databases'
const SECOND = 'more-databases'

/** The same rights in a second namespace, as somebody gets them who copies the folder. */
const inSecond = (manifest: Manifest): readonly Manifest[] =>
  manifest.metadata.namespace === WATCHED
    ? [manifest, { ...manifest, metadata: { ...manifest.metadata, namespace: SECOND } }]
    : [manifest]

let manifests: readonly Manifest[] = []
beforeAll(async () => {
  manifests = (await render('namespaced')).flatMap(inSecond)
  for (const name of [WATCHED, SECOND, 'mysql-operator-system'])
    await stage().ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await install(stage(), manifests)
  for (const account of ACCOUNTS)
    for (const namespace of [WATCHED, SECOND])
      for (const right of rightsOf(manifests, account)) await decided(stage(), account, right, namespace, true)
}, 60_000)

test('no account has a right in all namespaces', () => {
  const clusterWide = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding')
  expect(clusterWide).toEqual([])
})

test('the settings name the namespace that the rights are for', () => {
  const settings = manifests.find(({ kind }) => kind === 'ConfigMap')
  expect(settings).toMatchObject({ data: { WATCH_NAMESPACES: WATCHED } })
})

test('the worker does all its work there, and says that it may read no nodes', async () => {
  const said = await workersDay(stage(), await sendAs(stage(), 'worker'), WATCHED)
  expect(said).toEqual([expect.stringMatching(/cannot get resource .*nodes.*nodes cannot be read/)])
})

test('the operator leads, watches and routes there', async () => {
  const operator = await sendAs(stage(), 'operator')
  expect(await operatorsDay(stage(), operator, SECOND, [WATCHED, SECOND])).toEqual([])
})

test.each(['namespace that is not watched', 'cluster as a whole'])(
  'the operator says that it has no rights in the %s',
  async (where) => {
    const elsewhere = await stage().namespace()
    const operator = await sendAs(stage(), 'operator')
    const scope = where === 'cluster as a whole' ? [] : [elsewhere]
    const said = await operatorsDay(stage(), operator, elsewhere, scope)
    expect(said.join('\n')).toMatch(/cannot list resource \\"(mysqlclusters|pods|services|statefulsets|configmaps)\\"/)
  },
)

test('the worker says that it has no rights in another namespace', async () => {
  const worker = await sendAs(stage(), 'worker')
  const elsewhere = await stage().namespace()
  await expect(workersDay(stage(), worker, elsewhere)).rejects.toMatchObject({ type: 'Forbidden' })
})
