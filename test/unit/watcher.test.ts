import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../crds/mysqlcluster.ts'
import { ERRANT_ANNOTATION, POD_NAME_LABEL, ROLE_LABEL, VIEW_ANNOTATION } from '../../src/domain/names.ts'
import { services } from '../../src/domain/objects/services.ts'
import type { Kind, Kinds, ObjectMeta } from '../../src/kubernetes/kinds.ts'
import { relevance } from '../../src/watcher/change.ts'
import { input } from '../support/clusters.ts'

const metadata: ObjectMeta = {
  name: 'shop-0',
  namespace: 'default',
  uid: 'u',
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
}
type Change = Readonly<Record<string, unknown>> & { readonly metadata?: Partial<ObjectMeta> }
const object = <K extends Kind>(change: Change = {}): Kinds[K] =>
  ({ ...change, metadata: { ...metadata, ...change.metadata } }) as unknown as Kinds[K]
const same = <K extends Kind>(kind: K, before: Change, after: Change): boolean =>
  relevance<K>(kind, object<K>(before)) === relevance<K>(kind, object<K>(after))

const running = { containerStatuses: [{ name: 'mysqld', state: { running: {} }, restartCount: 0 }] }
const waiting = (reason: string) => ({
  containerStatuses: [{ name: 'mysqld', state: { waiting: { reason } }, restartCount: 1 }],
})
const ready = [{ type: 'Ready', status: 'True' }]
const writes = (to: string | undefined, view = '1:1'): Change => ({
  metadata: { annotations: { [VIEW_ANNOTATION]: view } },
  spec: { ports: [{ port: 3306 }], clusterIP: '10.0.0.1', ...(to ? { selector: { [POD_NAME_LABEL]: to } } : {}) },
})

describe('a workflow hears', () => {
  test.each<[string, Kind, Change, Change]>([
    ['a changed declaration', KIND, {}, { metadata: { generation: 2 } }],
    ['a deletion that begins', KIND, {}, { metadata: { deletionTimestamp: 'now' } }],
    ['a cluster made again', KIND, {}, { metadata: { uid: 'v' } }],
    ['a pod that gets its address', 'Pod', { status: {} }, { status: { podIP: '10.0.0.1' } }],
    ['a pod that was made again', 'Pod', {}, { metadata: { uid: 'v' } }],
    ['a pod in trouble', 'Pod', { status: running }, { status: waiting('ImagePullBackOff') }],
    [
      'a pod whose member was found to hold what its group does not',
      'Pod',
      {},
      { metadata: { annotations: { [ERRANT_ANNOTATION]: 'uuid:1' } } },
    ],
    ['a Service that lost its labels', 'Service', { metadata: { labels: { a: 'b' } } }, {}],
    ['a Service whose ports were changed', 'Service', { spec: { ports: [1] } }, { spec: { ports: [2] } }],
    [
      'a read Service whose selector was changed',
      'Service',
      { spec: { selector: { a: '1' } } },
      { spec: { selector: {} } },
    ],
    ['a StatefulSet that was changed', 'StatefulSet', {}, { metadata: { generation: 2 } }],
    ['a ConfigMap that lost its owner', 'ConfigMap', { metadata: { ownerReferences: [] } }, {}],
  ])('of %s', (_, kind, before, after) => {
    expect(same(kind, before, after)).toBe(false)
  })
})

describe('a workflow does not hear', () => {
  test.each<[string, Kind, Change, Change]>([
    [
      'of what it published itself',
      KIND,
      { status: { phase: 'Creating' } },
      { metadata: { resourceVersion: '2' }, status: {} },
    ],
    [
      'that a pod became ready, which its group says first',
      'Pod',
      { status: running },
      { status: { ...running, conditions: ready } },
    ],
    ['of the ordinary start of a pod', 'Pod', { status: waiting('ContainerCreating') }, { status: running }],
    ['that a pod got its node', 'Pod', {}, { spec: { containers: [], nodeName: 'a' } }],
    ['of role labels', 'Pod', {}, { metadata: { labels: { [ROLE_LABEL]: 'primary' } } }],
    ['that the observer moved the writes', 'Service', writes('shop-0'), writes('shop-1', '1:2')],
    ['that the observer moved the writes first', 'Service', writes(undefined), writes('shop-1')],
    [
      'that a Service got its address',
      'Service',
      { spec: { ports: [1] } },
      { spec: { ports: [1], clusterIP: '10.0.0.9' } },
    ],
    ['of a StatefulSet that counts', 'StatefulSet', { status: { readyReplicas: 1 } }, { status: { readyReplicas: 2 } }],
  ])('%s', (_, kind, before, after) => {
    expect(same(kind, before, after)).toBe(true)
  })
})

test('the write Service, as it is made, is the one that the observer owns afterwards', () => {
  const [, primary] = services(input())
  const moved = { ...primary?.spec, selector: { [POD_NAME_LABEL]: 'shop-2' } }
  expect(same('Service', { spec: primary?.spec }, { spec: moved })).toBe(true)
})
