import { describe, expect, test } from '@jest/globals'
import { ROLE_LABEL } from '../../src/domain/names.ts'
import { configuration } from '../../src/domain/objects/configuration.ts'
import { disruptionBudget } from '../../src/domain/objects/disruption.ts'
import { networkPolicy } from '../../src/domain/objects/network.ts'
import { appSecret, certificateNames, systemSecret } from '../../src/domain/objects/secrets.ts'
import { services } from '../../src/domain/objects/services.ts'
import { statefulSet } from '../../src/domain/objects/statefulset.ts'
import { input } from '../support/clusters.ts'
import { CLUSTER, REF } from '../support/snapshots.ts'

const owned = [{ kind: 'MySQLCluster', uid: REF.uid, controller: true }]
const service = (name: string, over = {}) => services(input(over)).find(({ metadata }) => metadata?.name === name)

describe('the StatefulSet', () => {
  test('replaces no pod and removes no volume by itself', () => {
    expect(statefulSet(input()).spec).toMatchObject({
      replicas: 3,
      serviceName: CLUSTER,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'OnDelete' },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    })
  })

  test('asks for the volume that is declared', () => {
    const { volumeClaimTemplates: [claim] = [] } =
      statefulSet(input({ storage: { size: '20Gi', storageClassName: 'fast' } })).spec ?? {}
    expect(claim?.spec).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '20Gi' } } })
  })

  test('leaves the StorageClass to the cluster when none is declared', () => {
    expect(statefulSet(input()).spec?.volumeClaimTemplates?.[0]?.spec).not.toHaveProperty('storageClassName')
  })

  test('selects pods by labels that its template has, whatever labels a person adds', () => {
    const labels = { 'app.kubernetes.io/instance': 'other', team: 'a' }
    const { selector, template } = statefulSet(input({ pod: { labels } })).spec ?? {}
    expect(template?.metadata?.labels).toMatchObject({ ...selector?.matchLabels, team: 'a' })
  })
})

describe('the Services', () => {
  test('are four, and go with their cluster', () => {
    const all = services(input())
    expect(all.map(({ metadata }) => metadata?.name)).toEqual([
      CLUSTER,
      `${CLUSTER}-primary`,
      `${CLUSTER}-replicas`,
      `${CLUSTER}-any`,
    ])
    for (const { metadata } of all) expect(metadata?.ownerReferences).toMatchObject(owned)
  })

  test('leave the selector of the write Service to the observer', () => {
    expect(service(`${CLUSTER}-primary`)?.spec).not.toHaveProperty('selector')
    expect(service(`${CLUSTER}-primary`)?.spec?.publishNotReadyAddresses).toBe(true)
  })

  test('send reads to replicas, and to the one member of a cluster of one', () => {
    expect(service(`${CLUSTER}-replicas`)?.spec?.selector).toHaveProperty([ROLE_LABEL], 'replica')
    expect(service(`${CLUSTER}-replicas`, { size: 1 })?.spec?.selector).not.toHaveProperty([ROLE_LABEL])
  })

  test('let members find each other before they are ready', () => {
    expect(service(CLUSTER)?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true })
  })

  test('are of the declared type, with the declared annotations', () => {
    const primary = { type: 'LoadBalancer', annotations: { a: 'b' }, loadBalancerSourceRanges: ['10.0.0.0/8'] }
    expect(service(`${CLUSTER}-primary`, { services: { primary } })).toMatchObject({
      metadata: { annotations: { a: 'b' } },
      spec: { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'] },
    })
  })
})

describe('the ConfigMap', () => {
  test('has a name that changes with what mysqld is configured with', () => {
    const names = [{}, { config: { max_connections: 5 } }, { resources: { limits: { memory: '8Gi' } } }].map(
      (over) => configuration(input(over)).metadata.name,
    )
    expect(new Set(names).size).toBe(3)
    expect(configuration(input()).metadata.name).toBe(names[0])
    expect(names[0]).toMatch(/^shop-config-[0-9a-f]{10}$/)
  })

  test('is immutable, and is the one that the pods mount', () => {
    const { immutable, metadata } = configuration(input())
    expect(immutable).toBe(true)
    const volumes = statefulSet(input()).spec?.template.spec?.volumes
    expect(volumes).toContainEqual(
      expect.objectContaining({ configMap: expect.objectContaining({ name: metadata.name }) }),
    )
  })
})

test('at most one member is drained at a time, and a broken one hinders no drain', () => {
  expect(disruptionBudget(input()).spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' })
})

describe('the NetworkPolicy', () => {
  const { metadata, spec } = networkPolicy(input(), 'operators')
  const sources = (port: number) => spec.ingress.find(({ ports }) => ports.some((one) => one.port === port))?.from

  test('is about the members of the cluster, and goes with it', () => {
    expect(spec.podSelector.matchLabels).toEqual(statefulSet(input()).spec?.selector.matchLabels)
    expect(metadata?.ownerReferences).toMatchObject(owned)
  })

  test('lets anybody reach the port of clients, and holds up nothing that the members send', () => {
    expect(sources(3306)).toBeUndefined()
    expect(spec.policyTypes).toEqual(['Ingress'])
  })

  test('lets only members and the operator in its namespace reach the admin port', () => {
    expect(sources(33062)).toEqual([
      { podSelector: spec.podSelector },
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'operators' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'temporal-mysql-operator' } },
      },
    ])
  })
})

describe('the Secrets', () => {
  let made = 0
  const password = (): string => `secret${made++}`

  test('have a password of its own for each account', () => {
    const passwords = Object.values(systemSecret(input(), password).stringData ?? {})
    expect(passwords.length).toBeGreaterThanOrEqual(4)
    expect(new Set(passwords).size).toBe(passwords.length)
  })

  test('outlive their cluster, as its volumes do', () => {
    expect(systemSecret(input(), password).metadata).not.toHaveProperty('ownerReferences')
    expect(appSecret(input(), password).metadata).not.toHaveProperty('ownerReferences')
  })

  test('give an application all it needs, and it agrees with itself', () => {
    const {
      host,
      port,
      username,
      password: word,
      database,
      uri,
      ...rest
    } = appSecret(input(), () => 'w0rd').stringData ?? {}
    const url = new URL(uri ?? '')
    expect([url.hostname, url.port, url.username, url.password, url.pathname]).toEqual([
      host,
      port,
      username,
      word,
      `/${database}`,
    ])
    expect(host).toBe('shop-primary.default.svc.cluster.local')
    expect(rest['jdbc-uri']).toContain('user=app&password=w0rd')
  })

  test('hold a certificate for every name by which a member is reached', () => {
    const names = certificateNames(input())
    expect(names).toContain('*.shop.default.svc.cluster.local')
    for (const name of [
      'shop-primary',
      'shop-replicas.default',
      'shop-any.default.svc',
      'shop.default.svc.cluster.local',
    ])
      expect(names).toContain(name)
  })
})
