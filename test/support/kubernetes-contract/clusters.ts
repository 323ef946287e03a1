import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../../crds/group.ts'
import { FINALIZER, KIND } from '../../../crds/mysqlcluster.ts'
import { FIELD_MANAGER } from '../../../src/domain/names.ts'
import { PLAIN } from '../clusters.ts'
import { actions, OTHER, refused, type Subject } from './actions.ts'

/** The contract for the kind MySQLCluster. */
export const describeClusters = (subject: () => Subject): void => {
  const { meta, found, create, apply, patch, replace, cluster, status, input } = actions(subject)

  describe('a MySQLCluster', () => {
    test('is stored with its defaults', async () => {
      await create(cluster('defaulted'))
      expect((await found(KIND, 'defaulted'))['spec']).toEqual(input().spec)
    })

    test('counts the changes of its declaration, and no others', async () => {
      const generation = async () => (await found(KIND, 'counted')).metadata.generation
      await create(cluster('counted'))
      expect(await generation()).toBe(1)
      await apply(status('counted', { phase: 'Healthy' }), 'us', 'status')
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
      ['too little memory', { resources: { limits: { memory: '256Mi' } } }],
      ['more asked for than allowed', { resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }],
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

    test('can have other storage until its group has formed, and then only more of the same', async () => {
      await create(cluster('stored', { size: 1, image: 'mysql:8.0', storage: { size: '20Gi' } }))
      await patch(KIND, 'stored', { spec: { storage: { size: '10Gi' } } })
      const change = (storage: object) => patch(KIND, 'stored', { spec: { storage } })
      await apply(status('stored', { group: { seed: 'stored-0', bootstraps: 1 } }), 'us', 'status')
      await change({ size: '9Gi' })
      const formed = { seed: 'stored-0', incarnation: '1', bootstraps: 1 }
      await apply(status('stored', { group: formed }), 'us', 'status')
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
      await apply({ ...status('apart', { phase: 'Degraded' }), spec: { size: 9, image: 'other' } }, 'us', 'status')
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
      await apply(status('parts', { group: { seed: 's', bootstraps: 1 } }), 'group', 'status')
      await apply(status('parts', { phase: 'Healthy', primary: 'p', conditions: [condition] }), 'report', 'status')
      await apply(
        status('parts', { phase: 'Degraded', conditions: [{ ...condition, status: 'False' }] }),
        'report',
        'status',
      )
      await apply(status('parts', { group: { seed: 's', incarnation: '7', bootstraps: 1 } }), 'group', 'status')
      expect((await found(KIND, 'parts'))['status']).toEqual({
        group: { seed: 's', incarnation: '7', bootstraps: 1 },
        phase: 'Degraded',
        conditions: [{ ...condition, status: 'False' }],
      })
    })

    test('is not changed by whoever means one of another uid', async () => {
      await create(cluster('meant'))
      const metadata = meta('meant', { uid: OTHER, finalizers: [FINALIZER] })
      const wrong = apply({ apiVersion: API_VERSION, kind: KIND, metadata }, FIELD_MANAGER)
      await expect(wrong).rejects.toMatchObject(refused('KubernetesRefused'))
      expect((await found(KIND, 'meant')).metadata.finalizers).toBeUndefined()
    })

    test('has its status from whoever knows its name, as the uid of a report is not looked at', async () => {
      await create(cluster('reported'))
      await apply(status('reported', { phase: 'Healthy' }, { uid: OTHER }), 'us', 'status')
      expect(await found(KIND, 'reported')).toMatchObject({ status: { phase: 'Healthy' } })
    })

    test('is only replaced by whoever says which version', async () => {
      await create(cluster('blind'))
      await expect(replace(cluster('blind'))).rejects.toMatchObject(refused('KubernetesRefused'))
    })

    test('keeps what a person wrote when a finalizer is applied', async () => {
      await create(cluster('held', PLAIN, { labels: { team: 'a' } }))
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
}
