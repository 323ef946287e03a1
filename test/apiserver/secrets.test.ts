import { describe, expect, test } from '@jest/globals'
import { objectNames } from '../../src/domain/names.ts'
import { CLUSTER, lonely } from '../support/snapshots.ts'
import { makeCluster, type TestCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'

const stage = useApiServer()
const names = objectNames(CLUSTER)
const get = (kind: 'Secret', { ref }: TestCluster, name: string) =>
  stage().kubernetes.get(kind, { namespace: ref.namespace, name })

describe('a Secret that lacks something', () => {
  const emptied = async (name: string, data: Record<string, string | null>) => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    await cluster.makePods(1)
    cluster.members = [lonely(0)]
    await stage().kubernetes.patch('Secret', { namespace: cluster.ref.namespace, name }, { data })
    return cluster
  }

  test.each([
    [
      'with an empty key that only the members need',
      names.tls,
      { 'tls.key': '' },
      'Secret shop-tls has no tls.key.',
      1,
    ],
    ['with an empty password of the application', names.app, { password: '' }, 'Secret shop-app has no password.', 1],
    [
      'with an empty key of an account that came later',
      names.system,
      { archive: '' },
      'Secret shop-system has no archive.',
      1,
    ],
    ['without the operator’s own password', names.system, { operator: null }, 'Secret shop-system has no operator.', 0],
  ] as const)('%s is named with the remedy, and as many members answer as can', async (_, name, data, what, answer) => {
    const cluster = await emptied(name, data)
    const remedy = 'Put the key back. Do not delete the Secret: the members know only what it held.'
    const snapshot = await cluster.activities.gather(cluster.ref)
    expect(snapshot?.objects).toEqual({
      kind: 'Refused',
      replicas: 3,
      reason: 'SecretIncomplete',
      message: `${what} ${remedy}`,
    })
    expect(snapshot?.members).toHaveLength(answer)
  })

  test('is whole when an earlier operator made it, and gets the key that came later beside what it has', async () => {
    const cluster = await emptied(names.system, { archive: null })
    const before = (await get('Secret', cluster, names.system))?.data ?? {}
    expect(before).not.toHaveProperty('archive')
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({ objects: { kind: 'Present' } })
    await cluster.activities.applyObjects(cluster.ref)
    const after = (await get('Secret', cluster, names.system))?.data ?? {}
    expect(after).toEqual({ ...before, archive: expect.stringMatching(/^[\w+/=]{16,}$/) })
    await cluster.activities.applyObjects(cluster.ref)
    expect((await get('Secret', cluster, names.system))?.data).toEqual(after)
  })

  test('is whole again once the key is back', async () => {
    const cluster = await emptied(names.app, { password: '' })
    const data = { password: Buffer.from('old').toString('base64') }
    await stage().kubernetes.patch('Secret', { namespace: cluster.ref.namespace, name: names.app }, { data })
    expect(await cluster.activities.gather(cluster.ref)).toMatchObject({ objects: { kind: 'Present' } })
  })
})
