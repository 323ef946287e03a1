import { beforeAll, describe, expect, test } from '@jest/globals'
import { createKubernetes } from '../../src/kubernetes/api.ts'
import type { Send } from '../../src/kubernetes/client.ts'
import { useApiServer } from './stage/jest.ts'
import { apply, type Manifest, render } from './stage/manifests.ts'
import {
  ACCOUNTS,
  type Account,
  decided,
  install,
  noting,
  type Right,
  rightsOf,
  rolesWithout,
  sendAs,
} from './stage/rights.ts'
import { operatorsDay, workersDay } from './stage/work.ts'

// With this plugin, as OpenShift has it, whoever makes an object that blocks the deletion of its owner needs a right for that.
const stage = useApiServer(['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'])
const ASKED_BY_ADMISSION: Right = 'update mysqlclusters.example.com/finalizers'
/** What the plugin says where a right is lacking that it asks for: who gives an object an owner must be able to delete it. */
const SAID_BY_ADMISSION: Readonly<Record<Right, string>> = {
  [ASKED_BY_ADMISSION]: 'cannot set blockOwnerDeletion',
  'delete mysqloperations.example.com': "cannot set an ownerRef on a resource you can't delete",
}

let manifests: readonly Manifest[] = []
beforeAll(async () => {
  manifests = await render('base')
  await install(stage(), manifests)
  for (const account of ACCOUNTS)
    for (const right of rightsOf(manifests, account)) await decided(stage(), account, right, 'default', true)
}, 60_000)

const transports = new Map<Account, Send>()

/** Lives the day of an account with what it may do, and resolves with what went wrong. */
const live = async (account: Account, taken = new Set<Right>()): Promise<readonly string[]> => {
  const transport = transports.get(account) ?? (await sendAs(stage(), account))
  transports.set(account, transport)
  const send = noting(transport, taken)
  const namespace = await stage().namespace()
  if (account === 'operator') return operatorsDay(stage(), send, namespace, [])
  return workersDay(stage(), send, namespace).catch((error: { type?: string; message: string }) => [
    `${error.type}: ${error.message}`,
  ])
}

describe.each(ACCOUNTS)('the %s', (account) => {
  test('can do all it does with the rights of the manifests, and has no right that it does not use', async () => {
    const taken = new Set<Right>()
    expect(await live(account, taken)).toEqual([])
    const granted = rightsOf(manifests, account).filter((right) => right !== ASKED_BY_ADMISSION)
    expect([...taken].toSorted()).toEqual(granted.toSorted())
  })

  test('says which right it lacks, whichever that is', async () => {
    const silent: Right[] = []
    for (const right of rightsOf(manifests, account)) {
      for (const role of rolesWithout(manifests, account, right)) await apply(stage(), role)
      await decided(stage(), account, right, 'default', false)
      const said = (await live(account)).join('\n')
      const [verb = '', what = ''] = right.split(' ')
      const resource = what.replace(/\.[^/]*/, '')
      const expected = SAID_BY_ADMISSION[right] ?? `cannot ${verb} resource "${resource}"`
      const clear = said.replaceAll('\\', '').includes(expected)
      if (!said.includes('Forbidden') || !clear) silent.push(`${right}: ${said || 'nothing'}`)
    }
    for (const role of manifests.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role'))
      await apply(stage(), role)
    for (const right of rightsOf(manifests, account)) await decided(stage(), account, right, 'default', true)
    expect(silent).toEqual([])
  }, 240_000)

  test('can neither list Secrets, nor run anything in a pod, nor change what somebody may do', async () => {
    const kubernetes = createKubernetes(await sendAs(stage(), account))
    await expect(kubernetes.list('Secret', 'default', {})).rejects.toMatchObject({ code: 'Forbidden' })
    for (const right of ['create pods/exec', 'patch clusterroles.rbac.authorization.k8s.io', 'list nodes'])
      await decided(stage(), account, right, 'default', false)
  })
})
