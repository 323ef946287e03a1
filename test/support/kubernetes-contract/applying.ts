import { describe, expect, test } from '@jest/globals'
import { FIELD_MANAGER, POD_NAME_LABEL, VIEW_ANNOTATION } from '../../../src/domain/names.ts'
import { configuration } from '../../../src/domain/objects/configuration.ts'
import { services } from '../../../src/domain/objects/services.ts'
import { statefulSet } from '../../../src/domain/objects/statefulset.ts'
import type { Kind } from '../../../src/kubernetes/kinds.ts'
import { moveWrites } from '../../../src/observer/write-service.ts'
import { actions, refused, type Subject } from './actions.ts'

/** The contract for server-side apply, of any object and of those of a cluster. */
export const describeApplying = (subject: () => Subject): void => {
  const { meta, found, create, apply, patch, version, managers, configMap, cluster, input } = actions(subject)

  describe('a write that changes nothing', () => {
    test('keeps the version, by whichever way', async () => {
      const labels = { labels: { a: 'b' } }
      await apply(configMap('still', { a: '1' }, labels))
      const before = await version('ConfigMap', 'still')
      await apply(configMap('still', { a: '1' }, labels))
      await patch('ConfigMap', 'still', { data: { a: '1' } })
      expect(await version('ConfigMap', 'still')).toBe(before)
    })

    test('keeps the version, though another manager has written since', async () => {
      await apply(configMap('crowded', { a: '1', both: '1' }), 'us')
      await apply(configMap('crowded', { b: '1', both: '1' }), 'them')
      await patch('ConfigMap', 'crowded', { data: { c: '1' } })
      const before = await version('ConfigMap', 'crowded')
      await apply(configMap('crowded', { a: '1', both: '1' }), 'us')
      await apply(configMap('crowded', { b: '1', both: '1' }), 'them')
      expect(await version('ConfigMap', 'crowded')).toBe(before)
    })

    test('keeps the versions of all objects of a cluster', async () => {
      const objects = [...services(input()), configuration(input()), statefulSet(input())]
      const versions = () =>
        Promise.all(objects.map(({ kind, metadata }) => version(kind as Kind, metadata?.name ?? '')))
      for (const object of objects) await apply(object, FIELD_MANAGER)
      const before = await versions()
      for (const object of objects) await apply(object, FIELD_MANAGER)
      expect(await versions()).toEqual(before)
    })
  })

  describe('an apply', () => {
    test('removes what its manager no longer wants, and leaves what is of others', async () => {
      await apply(configMap('shared', { ours: '1', old: '1', both: '1' }, { labels: { l: '1' } }), 'us')
      await apply(configMap('shared', { theirs: '1', both: '1' }), 'them')
      await apply(configMap('shared', { ours: '2' }), 'us')
      const { data, metadata } = await found('ConfigMap', 'shared')
      expect(data).toEqual({ ours: '2', theirs: '1', both: '1' })
      expect(metadata.labels).toBeUndefined()
    })

    test('takes a field from whoever had it, and puts its value back', async () => {
      await apply(configMap('fought', { a: 'ours' }), 'us')
      await patch('ConfigMap', 'fought', { data: { a: 'theirs', b: 'theirs' } })
      await apply(configMap('fought', { a: 'ours' }), 'us')
      expect((await found('ConfigMap', 'fought')).data).toEqual({ a: 'ours', b: 'theirs' })
      const books = await managers('ConfigMap', 'fought')
      expect(books.map(({ operation, fieldsV1 }) => [operation, fieldsV1])).toEqual(
        expect.arrayContaining([
          ['Apply', { 'f:data': { 'f:a': {} } }],
          ['Update', { 'f:data': { 'f:b': {} } }],
        ]),
      )
    })

    test('tells who changed what', async () => {
      await apply(configMap('told', { a: '1' }), 'us')
      await patch('ConfigMap', 'told', { data: { a: '2' } })
      expect(await managers('ConfigMap', 'told')).toEqual([
        expect.objectContaining({
          manager: 'temporal-mysql-operator',
          operation: 'Update',
          fieldsV1: { 'f:data': { 'f:a': {} } },
        }),
      ])
    })

    test('refuses a field that does not exist, and names it', async () => {
      const wrong = { ...configMap('wrong'), dta: {} }
      await expect(apply(wrong)).rejects.toMatchObject({
        code: 'KubernetesRefused',
        message: expect.stringContaining('dta'),
      })
      await expect(apply(cluster('wrong', { size: 3, image: 'mysql:8.0', szie: 1 }))).rejects.toMatchObject({
        code: 'KubernetesRefused',
        message: expect.stringContaining('szie'),
      })
    })

    test('keeps the ports of a Service apart by their numbers', async () => {
      const service = (...ports: readonly object[]) => ({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: meta('ported'),
        spec: { ports },
      })
      await apply(service({ name: 'a', port: 1 }, { name: 'b', port: 2 }), 'us')
      await apply(service({ name: 'c', port: 3 }), 'them')
      await apply(service({ name: 'a', port: 1 }), 'us')
      expect((await found('Service', 'ported')).spec?.ports?.map(({ name }) => name)).toEqual(['a', 'c'])
    })
  })

  describe('the write Service', () => {
    const write = () => {
      const [, primary] = services(input())
      if (!primary) throw new Error('a cluster has a write Service')
      return primary
    }
    const name = () => write().metadata?.name ?? ''

    test('keeps the selector of the observer when it is applied again', async () => {
      await apply(write(), FIELD_MANAGER)
      expect((await found('Service', name())).spec?.selector).toBeUndefined()
      expect(await moveWrites(subject().kubernetes, await found('Service', name()), 'shop-1', '1:1')).toBe(true)
      await apply(write(), FIELD_MANAGER)
      const { spec, metadata } = await found('Service', name())
      expect(spec?.selector).toEqual({ [POD_NAME_LABEL]: 'shop-1' })
      expect(metadata.annotations).toEqual({ [VIEW_ANNOTATION]: '1:1' })
    })

    test('is moved once by two that saw the same', async () => {
      await apply(write(), FIELD_MANAGER)
      const service = await found('Service', name())
      const moves = await Promise.all(
        ['shop-0', 'shop-2'].map((pod) => moveWrites(subject().kubernetes, service, pod, '1:2')),
      )
      expect(moves.filter(Boolean)).toHaveLength(1)
      expect((await found('Service', name())).spec?.selector).toEqual({
        [POD_NAME_LABEL]: moves[0] ? 'shop-0' : 'shop-2',
      })
    })

    test('has an address, which is kept', async () => {
      await apply(write(), FIELD_MANAGER)
      const { spec } = await found('Service', name())
      expect(spec).toMatchObject({
        type: 'ClusterIP',
        clusterIP: expect.stringMatching(/^10\./),
        sessionAffinity: 'None',
      })
      await apply(write(), FIELD_MANAGER)
      expect((await found('Service', name())).spec?.clusterIP).toBe(spec?.clusterIP)
    })
  })

  describe('what must not change does not', () => {
    test('in an immutable ConfigMap', async () => {
      await create({ ...configMap('frozen', { a: '1' }), immutable: true })
      await expect(patch('ConfigMap', 'frozen', { data: { a: '2' } })).rejects.toMatchObject(
        refused('KubernetesRefused'),
      )
      await patch('ConfigMap', 'frozen', { metadata: { labels: { a: 'b' } } })
    })

    test('in a StatefulSet, which takes another size and another template', async () => {
      await apply(statefulSet(input({ name: 'fixed' })), FIELD_MANAGER)
      const { generation = 0 } = (await found('StatefulSet', 'fixed')).metadata
      await expect(patch('StatefulSet', 'fixed', { spec: { serviceName: 'other' } })).rejects.toMatchObject(
        refused('KubernetesRefused'),
      )
      await patch('StatefulSet', 'fixed', { spec: { replicas: 5, template: { metadata: { labels: { more: 'x' } } } } })
      const after = await found('StatefulSet', 'fixed')
      expect(after).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: generation + 1 } })
    })
  })

  describe('a StatefulSet', () => {
    test('is put back where someone changed what we applied, and keeps what nobody applies', async () => {
      const wanted = statefulSet(input({ name: 'drifted' }))
      await apply(wanted, FIELD_MANAGER)
      await patch('StatefulSet', 'drifted', { spec: { replicas: 7 }, metadata: { labels: { theirs: 'x' } } })
      await apply(wanted, FIELD_MANAGER)
      const { spec, metadata } = await found('StatefulSet', 'drifted')
      expect(spec?.replicas).toBe(3)
      expect(metadata.labels).toMatchObject({ theirs: 'x' })
    })

    test('whose pods are described with a field that does not exist is refused, and the field named', async () => {
      const wanted = statefulSet(input({ name: 'strange' }))
      const tolerations = [{ kye: 'db' }]
      const template = { ...wanted.spec?.template, spec: { ...wanted.spec?.template.spec, tolerations } }
      await expect(apply({ ...wanted, spec: { ...wanted.spec, template } }, FIELD_MANAGER)).rejects.toMatchObject({
        code: 'KubernetesRefused',
        message: expect.stringContaining('kye'),
      })
    })
  })
}
