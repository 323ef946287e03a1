import { describe, expect, test } from '@jest/globals'
import type { V1LabelSelector } from '@kubernetes/client-node'
import { MADE_ANNOTATION, READS_LABEL, ROLE_LABEL, SERVES_LABEL, selectorLabels } from '../../src/domain/names.ts'
import { configuration } from '../../src/domain/objects/configuration.ts'
import { disruptionBudget } from '../../src/domain/objects/disruption.ts'
import { networkPolicy } from '../../src/domain/objects/network.ts'
import { appSecret, certificateNames, systemSecret } from '../../src/domain/objects/secrets.ts'
import { isOlderSelector, services } from '../../src/domain/objects/services.ts'
import { declaredParts, madeFrom, statefulSet } from '../../src/domain/objects/statefulset.ts'
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

  test('tells what pods are made from by the declaration alone: an operator that renders them otherwise renews none', () => {
    const { annotations } = statefulSet(input()).spec?.template.metadata ?? {}
    expect(annotations?.[MADE_ANNOTATION]).toBe(madeFrom(declaredParts(input().spec)))
    expect(annotations?.[MADE_ANNOTATION]).toBeDefined()
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

  test.each([1, 3])('of %i members send reads to the pods that are labelled for it', (size) => {
    const labels = selectorLabels(CLUSTER)
    expect(service(`${CLUSTER}-replicas`, { size })?.spec?.selector).toEqual({ ...labels, [READS_LABEL]: 'true' })
    expect(service(`${CLUSTER}-any`, { size })?.spec?.selector).toEqual({ ...labels, [SERVES_LABEL]: 'true' })
  })

  test('select pods that nobody has labelled since they were made, so that reads need no operator', () => {
    const labels = Object.entries(statefulSet(input()).spec?.template.metadata?.labels ?? {})
    for (const name of [`${CLUSTER}-replicas`, `${CLUSTER}-any`])
      expect(labels).toEqual(expect.arrayContaining(Object.entries(service(name)?.spec?.selector ?? {})))
  })

  test.each([
    ['all members', {}, true],
    ['those that are labelled as replicas', { [ROLE_LABEL]: 'replica' }, true],
    ['those that are labelled for it', { [READS_LABEL]: 'true' }, false],
    ['others', { app: 'another' }, false],
  ] as const)('that select %s are of an older operator: %j %s', (_, more, is) => {
    expect(isOlderSelector(CLUSTER, { ...selectorLabels(CLUSTER), ...more })).toBe(is)
  })

  test('without a selector are none of an older operator', () => {
    expect(isOlderSelector(CLUSTER, undefined)).toBe(false)
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

  test('is about the members of the cluster, and goes with it', () => {
    expect(spec.podSelector.matchLabels).toEqual(statefulSet(input()).spec?.selector.matchLabels)
    expect(metadata?.ownerReferences).toMatchObject(owned)
  })

  test('holds up nothing that the members send', () => {
    expect(spec.policyTypes).toEqual(['Ingress'])
  })

  const members = spec.podSelector.matchLabels ?? {}
  const operator = { 'app.kubernetes.io/name': 'temporal-mysql-operator' }
  const callers: Readonly<Record<string, { readonly namespace: string; readonly labels: object }>> = {
    'a member': { namespace: REF.namespace, labels: members },
    'a member of another cluster': {
      namespace: REF.namespace,
      labels: { ...members, 'app.kubernetes.io/instance': 'other' },
    },
    'a cluster of that name elsewhere': { namespace: 'elsewhere', labels: members },
    'the operator': { namespace: 'operators', labels: operator },
    'another pod beside the operator': { namespace: 'operators', labels: {} },
    'somebody who calls himself the operator': { namespace: REF.namespace, labels: operator },
    'an application': { namespace: REF.namespace, labels: { app: 'shop' } },
    'an application elsewhere': { namespace: 'elsewhere', labels: { app: 'shop' } },
  }
  const has = (labels: object, selector: V1LabelSelector): boolean =>
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) =>
      Object.entries(labels).some(([k, v]) => k === key && v === value),
    )
  const admitted = (port: number): readonly string[] =>
    Object.entries(callers)
      .filter(([, { namespace, labels }]) =>
        spec.ingress
          .filter(({ ports }) =>
            ports.some((one) => one.port === port && one.protocol === 'TCP' && one.endPort === undefined),
          )
          .some(
            ({ from }) =>
              !from ||
              from.some(({ namespaceSelector, podSelector }) => {
                const home = namespaceSelector
                  ? has({ 'kubernetes.io/metadata.name': namespace }, namespaceSelector)
                  : namespace === REF.namespace
                return home && has(labels, podSelector)
              }),
          ),
      )
      .map(([caller]) => caller)

  test.each<[string, number, readonly string[]]>([
    ['clients and group', 3306, Object.keys(callers)],
    ['administration', 33062, ['a member', 'the operator']],
    ['XCom, the group protocol that is not used', 33061, []],
    ['the X protocol', 33060, []],
    ['anything else', 22, []],
  ])('lets reach the port of %s (%d): %j', (_, port, expected) => {
    expect(admitted(port)).toEqual(expected)
  })

  test('has no rule that is about all ports', () => {
    for (const { ports } of spec.ingress) expect(ports.length).toBeGreaterThan(0)
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
