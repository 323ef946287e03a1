import { describe, expect, test } from '@jest/globals'
import type { V1Container, V1PodSpec } from '@kubernetes/client-node'
import { SYSTEM_ACCOUNTS } from '../../src/domain/objects/accounts.ts'
import { SCRIPTS } from '../../src/domain/objects/scripts.ts'
import { changedParts, declaredParts, statefulSet } from '../../src/domain/objects/statefulset.ts'
import { type Declared, input, spec } from '../support/clusters.ts'

const pod = (over: Declared = {}): V1PodSpec => {
  const found = statefulSet(input(over)).spec?.template.spec
  if (!found) throw new Error('the StatefulSet has no pod template')
  return found
}
const containers = (over: Declared = {}): readonly V1Container[] => [
  ...(pod(over).initContainers ?? []),
  ...pod(over).containers,
]

describe('the pod of a member', () => {
  test('meets the restricted Pod Security Standard', () => {
    expect(pod().securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 999,
      fsGroup: 999,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    for (const { securityContext } of containers())
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    const volumeKinds = (pod().volumes ?? []).flatMap(({ name: _, ...volume }) => Object.keys(volume))
    expect(volumeKinds).not.toContain('hostPath')
    expect(pod()).not.toHaveProperty('hostNetwork')
  })

  test('has no rights on the API server', () => {
    expect(pod().automountServiceAccountToken).toBe(false)
    expect(pod()).not.toHaveProperty('serviceAccountName')
  })

  test('gets no secret in its environment or arguments', () => {
    for (const { env = [], envFrom, command = [], args = [] } of containers()) {
      expect(envFrom).toBeUndefined()
      expect(env.filter(({ valueFrom }) => valueFrom?.secretKeyRef)).toEqual([])
      expect([...command, ...args].filter((word) => /pass|secret|@/.test(word))).toEqual([])
    }
  })

  test('has one container, so that nothing waits between initialising and serving', () => {
    expect(containers()).toHaveLength(1)
    expect(SCRIPTS['start.sh']).toMatch(/exec mysqld/)
  })

  test('leaves its last words where the operator reads them', () => {
    for (const { terminationMessagePolicy } of containers())
      expect(terminationMessagePolicy).toBe('FallbackToLogsOnError')
  })

  test('is never killed for the state of its group', () => {
    const [mysqld] = pod().containers
    expect(mysqld?.livenessProbe?.exec?.command?.join(' ')).toContain('alive.sh')
    expect(SCRIPTS['alive.sh']).not.toMatch(/replication|group/)
    const { periodSeconds = 10, failureThreshold = 3 } = mysqld?.startupProbe ?? {}
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(4 * 3600)
  })

  test('spreads over hosts and zones, softly, unless a person says how', () => {
    expect(pod().topologySpreadConstraints?.map(({ whenUnsatisfiable }) => whenUnsatisfiable)).toEqual([
      'ScheduleAnyway',
      'ScheduleAnyway',
    ])
    const affinity = { podAntiAffinity: {} }
    expect(pod({ pod: { affinity } })).toMatchObject({ affinity, topologySpreadConstraints: [] })
    const topologySpreadConstraints = [{ maxSkew: 2, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' }]
    expect(pod({ pod: { topologySpreadConstraints } })).toMatchObject({ topologySpreadConstraints })
  })

  test('is what a person declares of it', () => {
    const declared = {
      nodeSelector: { disk: 'ssd' },
      priorityClassName: 'high',
      imagePullSecrets: [{ name: 'registry' }],
      tolerations: [{ key: 'db', operator: 'Exists' }],
      terminationGracePeriodSeconds: 300,
    }
    expect(pod({ pod: declared })).toMatchObject(declared)
  })

  test('has resources as Kubernetes prints them', () => {
    const resources = { limits: { cpu: 2, memory: '4Gi' }, requests: { cpu: '500m' } }
    for (const one of containers({ resources }))
      expect(one.resources).toEqual({ limits: { cpu: '2', memory: '4Gi' }, requests: { cpu: '500m' } })
  })
})

describe('the scripts', () => {
  test('put in the password of every account that they make', () => {
    const placeholders = new Set([...(SCRIPTS['accounts.sql'] ?? '').matchAll(/'@(\w+)@'/g)].map(([, name]) => name))
    expect(placeholders).toEqual(new Set([...SYSTEM_ACCOUNTS, 'app']))
    for (const account of placeholders) expect(SCRIPTS['start.sh']).toMatch(new RegExp(`\\b${account}\\b`))
  })

  test('remove nothing but an unfinished data directory', () => {
    const removals = Object.values(SCRIPTS).flatMap((script) => script.match(/rm -r\S* .*/g) ?? [])
    expect(removals).toEqual(['rm -rf $new'])
  })
})

describe('a change of the declaration', () => {
  const before = declaredParts(spec({ config: { a: 1 }, pod: { labels: { x: 'y' } } }))
  test.each<[readonly string[], Declared]>([
    [[], { config: { a: 1 }, pod: { labels: { x: 'y' } } }],
    [[], { config: { a: 1 }, pod: { labels: { x: 'y' } }, paused: true, services: { any: { type: 'NodePort' } } }],
    [['spec.size'], { size: 5, config: { a: 1 }, pod: { labels: { x: 'y' } } }],
    [['spec.image'], { image: 'mysql:9.7', config: { a: 1 }, pod: { labels: { x: 'y' } } }],
    [['spec.config', 'spec.pod'], {}],
    [['spec.storage.size'], { storage: { size: '20Gi' }, config: { a: 1 }, pod: { labels: { x: 'y' } } }],
    [
      ['spec.storage.storageClassName'],
      { storage: { storageClassName: 'fast' }, config: { a: 1 }, pod: { labels: { x: 'y' } } },
    ],
    [['spec.resources'], { resources: { limits: { memory: '2Gi' } }, config: { a: 1 }, pod: { labels: { x: 'y' } } }],
  ])('%j is found', (fields, over) => {
    expect(changedParts(spec(over), before)).toEqual(fields)
  })

  test('is not one of a part that an older operator did not record', () => {
    const { config: _, ...older } = before
    expect(changedParts(spec({ pod: { labels: { x: 'y' } } }), older)).toEqual([])
  })
})
