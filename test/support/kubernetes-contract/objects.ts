import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../../crds/mysqlcluster.ts'
import { PLAIN } from '../clusters.ts'
import { actions, OTHER, refused, type Subject } from './actions.ts'

/** The contract for objects as such: absent, new, compared and set. */
export const describeObjects = (subject: () => Subject): void => {
  const { meta, get, found, create, apply, patch, replace, remove, version, configMap, cluster, status } =
    actions(subject)

  describe('an object that is not there', () => {
    test('is read, patched and deleted as nothing', async () => {
      expect(await get('ConfigMap', 'nothing')).toBeUndefined()
      expect(await patch('ConfigMap', 'nothing', { data: {} })).toBeUndefined()
      expect(await remove('ConfigMap', 'nothing')).toBe(false)
    })

    test('has no status to write, and nobody hears of it', async () => {
      await apply(status('nothing', { phase: 'Healthy' }), 'us', 'status')
      expect(await get(KIND, 'nothing')).toBeUndefined()
    })

    test('is not made by an apply that means one of a uid', async () => {
      await expect(apply(cluster('gone', PLAIN, { uid: OTHER }))).rejects.toMatchObject(refused('Conflict'))
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
      const record = status('moved', { group: { seed: 'moved-0', bootstraps: 1 } }, { resourceVersion })
      await expect(apply(record, 'us', 'status')).rejects.toMatchObject(refused('Conflict'))
    })

    test('by uid hits no other object', async () => {
      await create(configMap('other', { a: '1' }))
      const wrong = configMap('other', { a: '2' }, { uid: OTHER })
      await expect(patch('ConfigMap', 'other', wrong)).rejects.toMatchObject(refused('KubernetesRefused'))
      await expect(apply(wrong)).rejects.toMatchObject(refused('KubernetesRefused'))
      await expect(replace(wrong)).rejects.toMatchObject(refused('Conflict'))
      await expect(remove('ConfigMap', 'other', OTHER)).rejects.toMatchObject(refused('Conflict'))
      expect((await found('ConfigMap', 'other')).data).toEqual({ a: '1' })
    })
  })
}
