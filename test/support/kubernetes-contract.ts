import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../crds/group.ts'
import { FINALIZER, KIND } from '../../crds/mysqlcluster.ts'
import { FIELD_MANAGER, POD_NAME_LABEL, ROLE_LABEL, VIEW_ANNOTATION } from '../../src/domain/names.ts'
import { configuration } from '../../src/domain/objects/configuration.ts'
import { services } from '../../src/domain/objects/services.ts'
import { statefulSet } from '../../src/domain/objects/statefulset.ts'
import type { Kind } from '../../src/kubernetes/kinds.ts'
import type { Applicable, Kubernetes } from '../../src/kubernetes/port.ts'
import { moveWrites } from '../../src/observer/write-service.ts'
import { input, manifest } from './clusters.ts'

/** An API server to hold to the contract: the port to it, and a namespace of its own. */
export interface Subject {
  readonly kubernetes: Kubernetes
  readonly namespace: string
}

interface Entry {
  readonly manager: string
  readonly operation: string
  readonly subresource?: string
  readonly fieldsV1: Readonly<Record<string, unknown>>
}

/** What the operator relies on in an API server; run against the real one and against the simulated one. */
export const describeKubernetes = (subject: () => Subject): void => {
  const {
    get,
    create,
    apply,
    patch,
    replace,
    delete: remove,
  } = {
    get: <K extends Kind>(kind: K, name: string) =>
      subject().kubernetes.get(kind, { namespace: subject().namespace, name }),
    create: (object: object) => subject().kubernetes.create(object as Applicable),
    apply: (object: object, manager = 'us', subresource?: 'status') =>
      subject().kubernetes.apply(object as Applicable, { manager, ...(subresource ? { subresource } : {}) }),
    patch: <K extends Kind>(kind: K, name: string, body: object) =>
      subject().kubernetes.patch(kind, { namespace: subject().namespace, name }, body),
    replace: (object: object) => subject().kubernetes.replace(object as Applicable),
    delete: (kind: Kind, name: string, uid?: string) =>
      subject().kubernetes.delete(kind, { namespace: subject().namespace, name }, uid),
  }
  const meta = (name: string, more: object = {}) => ({ name, namespace: subject().namespace, ...more })
  const configMap = (name: string, data: object = {}, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta(name, more),
    data,
  })
  const cluster = (name: string, spec: object = { size: 3, image: 'mysql:8.0' }, more: object = {}) => ({
    ...manifest(spec as Readonly<Record<string, unknown>>, name),
    metadata: meta(name, more),
  })
  const statusOf = (name: string, status: object, more: object = {}) => ({
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: meta(name, more),
    status,
  })
  const found = async <K extends Kind>(kind: K, name: string) => {
    const object = await get(kind, name)
    if (!object) throw new Error(`there is no ${kind} ${name}`)
    return object
  }
  const version = async (kind: Kind, name: string) => (await found(kind, name)).metadata.resourceVersion
  const managers = async (kind: Kind, name: string) => {
    const { managedFields } = (await found(kind, name)).metadata as unknown as { managedFields: readonly Entry[] }
    return managedFields
  }
  const refused = (code: string) => ({ code })
  const here = (over: object = {}) => {
    const made = input()
    return { ...made, ref: { ...made.ref, namespace: subject().namespace, ...over } }
  }
  const OTHER = '00000000-0000-4000-8000-000000000000'

  describe('an object that is not there', () => {
    test('is read, patched and deleted as nothing', async () => {
      expect(await get('ConfigMap', 'nothing')).toBeUndefined()
      expect(await patch('ConfigMap', 'nothing', { data: {} })).toBeUndefined()
      expect(await remove('ConfigMap', 'nothing')).toBe(false)
    })

    test('has no status to write, and nobody hears of it', async () => {
      await apply(statusOf('nothing', { phase: 'Healthy' }), 'us', 'status')
      expect(await get(KIND, 'nothing')).toBeUndefined()
    })

    test('is not made by an apply that means one of a uid', async () => {
      await expect(apply(cluster('gone', undefined, { uid: OTHER }))).rejects.toMatchObject(refused('Conflict'))
      await expect(apply(configMap('gone', {}, { uid: OTHER }))).rejects.toMatchObject(refused('Conflict'))
      expect(await get('ConfigMap', 'gone')).toBeUndefined()
    })

    test('cannot be replaced quietly', async () => {
      await replace(configMap('never-made', { a: '1' }, { resourceVersion: '1' }))
      expect(await get('ConfigMap', 'never-made')).toBeUndefined()
    })
  })

  describe('a new object', () => {
    test('has a uid, a version and whole seconds', async () => {
      expect(await create(configMap('fresh'))).toBe('created')
      const { metadata } = await found('ConfigMap', 'fresh')
      expect(metadata.uid).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
      expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      expect(Number(metadata.resourceVersion)).toBeGreaterThan(0)
      expect(metadata.generation).toBeUndefined()
    })

    test('does not take the place of another one', async () => {
      await create(configMap('taken', { a: '1' }))
      expect(await create(configMap('taken', { a: '2' }))).toBe('exists')
      expect((await found('ConfigMap', 'taken')).data).toEqual({ a: '1' })
    })

    test('of a deleted name is another one', async () => {
      await create(configMap('again'))
      const first = (await found('ConfigMap', 'again')).metadata.uid
      expect(await remove('ConfigMap', 'again', first)).toBe(true)
      await create(configMap('again'))
      await expect(remove('ConfigMap', 'again', first)).rejects.toMatchObject(refused('Conflict'))
      expect((await found('ConfigMap', 'again')).metadata.uid).not.toBe(first)
    })

    test('needs a namespace that is there', async () => {
      const lost = { ...configMap('lost'), metadata: { name: 'lost', namespace: 'no-such-namespace' } }
      await expect(create(lost)).rejects.toMatchObject(refused('KubernetesRefused'))
    })

    test('is listed by its labels, in the order of names', async () => {
      for (const name of ['list-b', 'list-c', 'list-a'])
        await create(configMap(name, {}, { labels: { list: name === 'list-c' ? 'no' : 'yes' } }))
      const list = await subject().kubernetes.list('ConfigMap', subject().namespace, { list: 'yes' })
      expect(list.map(({ metadata }) => metadata.name)).toEqual(['list-a', 'list-b'])
    })

    test('that is a Secret shows its plain values encoded', async () => {
      await create({ apiVersion: 'v1', kind: 'Secret', metadata: meta('secret'), stringData: { key: 'value' } })
      const secret = await found('Secret', 'secret')
      expect(secret.data).toEqual({ key: 'dmFsdWU=' })
      expect(secret).not.toHaveProperty('stringData')
    })
  })

  describe('a compare-and-set', () => {
    const stale = async (name: string) => {
      await create(configMap(name, { a: '0' }))
      const before = await version('ConfigMap', name)
      await patch('ConfigMap', name, { data: { a: '1' } })
      return before
    }

    test('loses by patch, by replace and by apply', async () => {
      const resourceVersion = await stale('raced')
      const lost = refused('Conflict')
      await expect(
        patch('ConfigMap', 'raced', { metadata: { resourceVersion }, data: { a: '2' } }),
      ).rejects.toMatchObject(lost)
      await expect(replace(configMap('raced', { a: '2' }, { resourceVersion }))).rejects.toMatchObject(lost)
      await expect(apply(configMap('raced', { a: '2' }, { resourceVersion }))).rejects.toMatchObject(lost)
      expect((await found('ConfigMap', 'raced')).data).toEqual({ a: '1' })
    })

    test('wins with the version of now', async () => {
      await stale('won')
      await patch('ConfigMap', 'won', {
        metadata: { resourceVersion: await version('ConfigMap', 'won') },
        data: { b: '1' },
      })
      await replace(configMap('won', { c: '1' }, { resourceVersion: await version('ConfigMap', 'won') }))
      expect((await found('ConfigMap', 'won')).data).toEqual({ c: '1' })
    })

    test('of a status loses when the declaration was changed', async () => {
      await create(cluster('moved'))
      const resourceVersion = await version(KIND, 'moved')
      await patch(KIND, 'moved', { spec: { paused: true } })
      const record = statusOf('moved', { group: { seed: 'moved-0', bootstraps: 1 } }, { resourceVersion })
      await expect(apply(record, 'us', 'status')).rejects.toMatchObject(refused('Conflict'))
    })

    test('by uid hits no other object', async () => {
      await create(configMap('other', { a: '1' }))
      await expect(patch('ConfigMap', 'other', { metadata: { uid: OTHER }, data: { a: '2' } })).rejects.toMatchObject(
        refused('Conflict'),
      )
      await expect(apply(configMap('other', { a: '2' }, { uid: OTHER }))).rejects.toMatchObject(refused('Conflict'))
      await expect(remove('ConfigMap', 'other', OTHER)).rejects.toMatchObject(refused('Conflict'))
      expect((await found('ConfigMap', 'other')).data).toEqual({ a: '1' })
    })
  })

  describe('a write that changes nothing', () => {
    test('keeps the version, by whichever way', async () => {
      const labels = { labels: { a: 'b' } }
      await apply(configMap('still', { a: '1' }, labels))
      const before = await version('ConfigMap', 'still')
      await apply(configMap('still', { a: '1' }, labels))
      await patch('ConfigMap', 'still', { data: { a: '1' } })
      expect(await version('ConfigMap', 'still')).toBe(before)
    })

    test('keeps the versions of all objects of a cluster', async () => {
      const objects = [...services(here()), configuration(here()), statefulSet(here())]
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
        expect.objectContaining({ manager: 'undici', operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } }),
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
      const [, primary] = services(here())
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

  describe('a MySQLCluster', () => {
    test('is stored with its defaults', async () => {
      await create(cluster('defaulted'))
      expect((await found(KIND, 'defaulted'))['spec']).toEqual(input().spec)
    })

    test('counts the changes of its declaration, and no others', async () => {
      const generation = async () => (await found(KIND, 'counted')).metadata.generation
      await create(cluster('counted'))
      expect(await generation()).toBe(1)
      await apply(statusOf('counted', { phase: 'Healthy' }), 'us', 'status')
      await patch(KIND, 'counted', { metadata: { labels: { a: 'b' } } })
      expect(await generation()).toBe(1)
      await patch(KIND, 'counted', { spec: { paused: true } })
      expect(await generation()).toBe(2)
    })

    test.each<[string, object]>([
      ['a size of 0', { size: 0 }],
      ['a size of 10', { size: 10 }],
      ['a size in words', { size: 'three' }],
      ['no image', { image: null }],
      ['a quantity that is none', { storage: { size: 'big' } }],
      ['less than 1Gi', { storage: { size: '500Mi' } }],
      ['an unknown policy', { storage: { onDelete: 'Perhaps' } }],
    ])('is refused with %s, new and changed', async (what, change) => {
      const [fresh, old] = ['fresh', 'old'].map((age) =>
        `bad-${age}-${what.replaceAll(/\W+/g, '-').toLowerCase()}`.slice(0, 40),
      ) as [string, string]
      const spec: Record<string, unknown> = { size: 3, image: 'mysql:8.0', ...change }
      if (spec['image'] === null) delete spec['image']
      await expect(create(cluster(fresh, spec))).rejects.toMatchObject(refused('KubernetesRefused'))
      await create(cluster(old))
      await expect(patch(KIND, old, { spec: change })).rejects.toMatchObject(refused('KubernetesRefused'))
    })

    test('is refused with a name that is too long or begins with a digit', async () => {
      await expect(create(cluster('a'.repeat(41)))).rejects.toMatchObject(refused('KubernetesRefused'))
      await expect(create(cluster('1st'))).rejects.toMatchObject(refused('KubernetesRefused'))
    })

    test('cannot shrink or move its storage, and can grow it', async () => {
      await create(cluster('stored', { size: 1, image: 'mysql:8.0', storage: { size: '10Gi' } }))
      const change = (storage: object) => patch(KIND, 'stored', { spec: { storage } })
      await expect(change({ size: '5Gi' })).rejects.toMatchObject(refused('KubernetesRefused'))
      await expect(change({ storageClassName: 'fast' })).rejects.toMatchObject(refused('KubernetesRefused'))
      await change({ size: '20Gi' })
      expect(await found(KIND, 'stored')).toMatchObject({ spec: { storage: { size: '20Gi' } } })
    })

    test('stores nothing of a field that does not exist', async () => {
      await create(cluster('pruned', { size: 3, image: 'mysql:8.0', szie: 4 }))
      expect((await found(KIND, 'pruned'))['spec']).not.toHaveProperty('szie')
    })

    test('has its status from the status endpoint alone', async () => {
      await create({ ...cluster('apart'), status: { phase: 'Healthy' } })
      expect(await found(KIND, 'apart')).not.toHaveProperty('status')
      await patch(KIND, 'apart', { status: { phase: 'Healthy' } })
      expect(await found(KIND, 'apart')).not.toHaveProperty('status')
      await apply({ ...statusOf('apart', { phase: 'Degraded' }), spec: { size: 9, image: 'other' } }, 'us', 'status')
      expect(await found(KIND, 'apart')).toMatchObject({ spec: { size: 3 }, status: { phase: 'Degraded' } })
    })

    test('has parts of its status from several writers, each of which can take back its own', async () => {
      await create(cluster('parts'))
      const condition = {
        type: 'Ready',
        status: 'True',
        reason: 'A',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      }
      await apply(statusOf('parts', { group: { seed: 's', bootstraps: 1 } }), 'group', 'status')
      await apply(statusOf('parts', { phase: 'Healthy', primary: 'p', conditions: [condition] }), 'report', 'status')
      await apply(
        statusOf('parts', { phase: 'Degraded', conditions: [{ ...condition, status: 'False' }] }),
        'report',
        'status',
      )
      await apply(statusOf('parts', { group: { seed: 's', incarnation: '7', bootstraps: 1 } }), 'group', 'status')
      expect((await found(KIND, 'parts'))['status']).toEqual({
        group: { seed: 's', incarnation: '7', bootstraps: 1 },
        phase: 'Degraded',
        conditions: [{ ...condition, status: 'False' }],
      })
    })

    test('keeps what a person wrote when a finalizer is applied', async () => {
      await create(cluster('held', undefined, { labels: { team: 'a' } }))
      const { uid } = (await found(KIND, 'held')).metadata
      const finalizer = {
        apiVersion: API_VERSION,
        kind: KIND,
        metadata: meta('held', { uid, finalizers: [FINALIZER] }),
      }
      await apply(finalizer, FIELD_MANAGER)
      expect(await found(KIND, 'held')).toMatchObject({
        metadata: { finalizers: [FINALIZER], labels: { team: 'a' }, generation: 1 },
        spec: { size: 3 },
      })
    })
  })

  describe('a deletion', () => {
    const holding = async (name: string, ...finalizers: readonly string[]) => {
      await create(cluster(name, undefined, { finalizers }))
      const { uid } = (await found(KIND, name)).metadata
      expect(await remove(KIND, name, uid)).toBe(true)
      return found(KIND, name)
    }
    const release = async (name: string, finalizers: readonly string[]) => {
      const resourceVersion = await version(KIND, name)
      return patch(KIND, name, { metadata: { resourceVersion, finalizers } })
    }

    test('waits for finalizers, and counts as a change of the declaration', async () => {
      const { metadata } = await holding('waiting', FINALIZER)
      expect(metadata).toMatchObject({ generation: 2, deletionTimestamp: expect.stringMatching(/:\d\dZ$/) })
      const before = metadata.resourceVersion
      expect(await remove(KIND, 'waiting')).toBe(true)
      expect(await version(KIND, 'waiting')).toBe(before)
    })

    test('is done with the last finalizer', async () => {
      await holding('done', FINALIZER, 'other.org/one')
      await release('done', ['other.org/one'])
      expect(await get(KIND, 'done')).toBeDefined()
      await release('done', [])
      expect(await get(KIND, 'done')).toBeUndefined()
    })

    test('lets nobody add a finalizer, and can still be reported on', async () => {
      const { metadata } = await holding('late', 'other.org/one')
      const finalizer = {
        apiVersion: API_VERSION,
        kind: KIND,
        metadata: meta('late', { uid: metadata.uid, finalizers: [FINALIZER] }),
      }
      await expect(apply(finalizer, FIELD_MANAGER)).rejects.toMatchObject(refused('KubernetesRefused'))
      await apply(statusOf('late', { phase: 'Deleting' }), 'us', 'status')
      expect(await found(KIND, 'late')).toMatchObject({ status: { phase: 'Deleting' } })
    })

    test('keeps the name taken until it is done', async () => {
      await holding('named', FINALIZER)
      expect(await create(cluster('named'))).toBe('exists')
    })

    test('of a pod that has no node is done at once', async () => {
      await create(pod('unplaced'))
      expect(await remove('Pod', 'unplaced')).toBe(true)
      expect(await get('Pod', 'unplaced')).toBeUndefined()
    })

    test('of a claim waits for whoever protects it', async () => {
      const resources = { requests: { storage: '1Gi' } }
      const spec = { accessModes: ['ReadWriteOnce'], resources, storageClassName: 'none-such' }
      await create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('protected'), spec })
      expect((await found('PersistentVolumeClaim', 'protected')).metadata.finalizers).toEqual([
        'kubernetes.io/pvc-protection',
      ])
    })
  })

  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, { labels: { app: 'a' } }),
    spec: { containers: [{ name: 'mysqld', image: 'mysql:8.0' }] },
  })

  describe('the label of a pod', () => {
    test('is set and taken away on the pod that is meant', async () => {
      await create(pod('labelled'))
      const { uid } = (await found('Pod', 'labelled')).metadata
      await patch('Pod', 'labelled', { metadata: { uid, labels: { [ROLE_LABEL]: 'primary' } } })
      expect((await found('Pod', 'labelled')).metadata.labels).toEqual({ app: 'a', [ROLE_LABEL]: 'primary' })
      await patch('Pod', 'labelled', { metadata: { uid, labels: { [ROLE_LABEL]: null } } })
      expect((await found('Pod', 'labelled')).metadata.labels).toEqual({ app: 'a' })
    })

    test('does not land on one that came after it', async () => {
      await create(pod('followed'))
      const wrong = { metadata: { uid: OTHER, labels: { [ROLE_LABEL]: 'primary' } } }
      await expect(patch('Pod', 'followed', wrong)).rejects.toMatchObject(refused('Conflict'))
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
      await apply(statefulSet(here({ name: 'fixed' })), FIELD_MANAGER)
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
      const wanted = statefulSet(here({ name: 'drifted' }))
      await apply(wanted, FIELD_MANAGER)
      await patch('StatefulSet', 'drifted', { spec: { replicas: 7 }, metadata: { labels: { theirs: 'x' } } })
      await apply(wanted, FIELD_MANAGER)
      const { spec, metadata } = await found('StatefulSet', 'drifted')
      expect(spec?.replicas).toBe(3)
      expect(metadata.labels).toMatchObject({ theirs: 'x' })
    })

    test('whose pods are described with a field that does not exist is refused, and the field named', async () => {
      const wanted = statefulSet(here({ name: 'strange' }))
      const tolerations = [{ kye: 'db' }]
      const template = { ...wanted.spec?.template, spec: { ...wanted.spec?.template.spec, tolerations } }
      await expect(apply({ ...wanted, spec: { ...wanted.spec, template } }, FIELD_MANAGER)).rejects.toMatchObject({
        code: 'KubernetesRefused',
        message: expect.stringContaining('kye'),
      })
    })
  })
}
