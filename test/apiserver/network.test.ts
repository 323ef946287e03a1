import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../crds/mysqlcluster.ts'
import { MANAGED_BY, PORTS } from '../../src/domain/names.ts'
import { CLUSTER } from '../support/snapshots.ts'
import { makeCluster } from './stage/cluster.ts'
import { useApiServer } from './stage/jest.ts'
import { apply, type Manifest, render } from './stage/manifests.ts'

const stage = useApiServer()
const key = (namespace: string) => ({ namespace, name: CLUSTER })

describe('the NetworkPolicy of a cluster', () => {
  test('is taken as it is written, with every rule', async () => {
    const cluster = await makeCluster(stage())
    await cluster.activities.applyObjects(cluster.ref)
    const policy = await stage().kubernetes.get('NetworkPolicy', key(cluster.ref.namespace))
    const operator = {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mysql-operator-system' } },
      podSelector: { matchLabels: { 'app.kubernetes.io/name': MANAGED_BY } },
    }
    expect(policy?.spec).toEqual({
      podSelector: { matchLabels: expect.objectContaining({ 'app.kubernetes.io/instance': CLUSTER }) },
      policyTypes: ['Ingress'],
      ingress: [
        { ports: [{ protocol: 'TCP', port: PORTS.mysql }] },
        {
          ports: [{ protocol: 'TCP', port: PORTS.admin }],
          from: [{ podSelector: policy?.spec?.podSelector }, operator],
        },
      ],
    })
    expect(policy?.metadata.ownerReferences).toMatchObject([{ kind: KIND, uid: cluster.ref.uid }])
  })

  test('is put back when somebody opens it, closes it or removes it', async () => {
    const cluster = await makeCluster(stage())
    const { namespace } = cluster.ref
    const spec = async () => (await stage().kubernetes.get('NetworkPolicy', key(namespace)))?.spec
    await cluster.activities.applyObjects(cluster.ref)
    const declared = await spec()
    for (const ingress of [[{}], []]) {
      await stage().kubernetes.patch('NetworkPolicy', key(namespace), { spec: { ingress } })
      expect(await spec()).not.toEqual(declared)
      await cluster.activities.applyObjects(cluster.ref)
      expect(await spec()).toEqual(declared)
    }
    await stage().kubernetes.delete('NetworkPolicy', key(namespace))
    expect(await cluster.activities.applyObjects(cluster.ref)).toMatchObject({ created: [`NetworkPolicy ${CLUSTER}`] })
    expect(await spec()).toEqual(declared)
  })
})

test('the policy of the operator is taken, and is about the pods of its Deployments', async () => {
  const manifests = await render('local')
  const policy = manifests.find(({ kind }) => kind === 'NetworkPolicy') as Manifest
  const path = '/api/v1/namespaces'
  await stage().ask('POST', path, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mysql-operator-system' } })
  await apply(stage(), policy)
  const selector = policy.spec?.['podSelector'] as { matchLabels: object } | undefined
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment')
  expect(deployments).toHaveLength(2)
  for (const deployment of deployments)
    expect(deployment.spec).toMatchObject({ template: { metadata: { labels: selector?.matchLabels } } })
})
