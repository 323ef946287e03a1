import { describe, expect, test } from '@jest/globals'
import { driftOf, type ManagedFields } from '../../src/domain/drift.ts'

const OURS = 'mysql-operator'
const desired = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { labels: { app: 'shop' } },
  spec: { selector: { app: 'shop' }, ports: [{ name: 'mysql', port: 3306 }], type: 'ClusterIP' },
}
const item = (port: number) => ({ [`k:{"port":${port},"protocol":"TCP"}`]: { '.': {}, 'f:name': {}, 'f:port': {} } })
const labels = { 'f:metadata': { 'f:labels': { 'f:app': {} } } }
const whole = { ...labels, 'f:spec': { 'f:selector': {}, 'f:type': {}, 'f:ports': item(3306) } }
const entry = (manager: string, fieldsV1: object, over: Partial<ManagedFields> = {}): ManagedFields => ({
  manager,
  fieldsV1,
  ...over,
})

describe('drift is', () => {
  test.each([
    [
      'a port that someone put in the place of ours',
      [
        entry(OURS, { ...labels, 'f:spec': { 'f:selector': {}, 'f:type': {} } }),
        entry('kubectl-edit', { 'f:spec': { 'f:ports': item(3307) } }),
      ],
      [{ manager: 'kubectl-edit', fields: ['spec.ports.*.name', 'spec.ports.*.port'] }],
    ],
    [
      'a selector, which is owned as a whole',
      [
        entry(OURS, { ...labels, 'f:spec': { 'f:type': {}, 'f:ports': item(3306) } }),
        entry('kubectl-patch', { 'f:spec': { 'f:selector': {} } }),
      ],
      [{ manager: 'kubectl-patch', fields: ['spec.selector.app'] }],
    ],
    [
      'what someone set through a subresource, as kubectl scale does',
      [
        entry(OURS, { ...labels, 'f:spec': { 'f:selector': {}, 'f:ports': item(3306) } }),
        entry('kubectl', { 'f:spec': { 'f:type': {} } }, { subresource: 'scale' }),
      ],
      [{ manager: 'kubectl', fields: ['spec.type'] }],
    ],
    [
      'a label with another value',
      [
        entry(OURS, { 'f:spec': whole['f:spec'] }),
        entry('kubectl-label', { 'f:metadata': { 'f:labels': { 'f:app': {} } } }),
      ],
      [{ manager: 'kubectl-label', fields: ['metadata.labels.app'] }],
    ],
  ])('%s', (_, managed, drift) => {
    expect(driftOf(desired, managed, OURS)).toEqual(drift)
  })
})

describe('drift is not', () => {
  test.each([
    ['an object as we left it', [entry(OURS, whole)]],
    ['a field that is not ours', [entry(OURS, whole), entry('cloud', { 'f:spec': { 'f:loadBalancerIP': {} } })]],
    ['a value that another manager wants, too', [entry(OURS, whole), entry('argocd', whole)]],
    ['a status', [entry(OURS, labels), entry('kube', { 'f:spec': whole['f:spec'] }, { subresource: 'status' })]],
    ['a field that is new to us', [entry(OURS, labels)]],
    ['an object that we have never applied', [entry('helm', whole)]],
  ])('%s', (_, managed) => {
    expect(driftOf(desired, managed, OURS)).toEqual([])
  })
})
