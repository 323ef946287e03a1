import { describe, expect, test } from '@jest/globals'
import { API_VERSION } from '../../../crds/group.ts'
import { FINALIZER, KIND } from '../../../crds/mysqlcluster.ts'
import { FIELD_MANAGER, ROLE_LABEL } from '../../../src/domain/names.ts'
import { PLAIN } from '../clusters.ts'
import { actions, OTHER, refused, type Subject } from './actions.ts'

/** The contract for deletion, and what hits only the object that is meant. */
export const describeDeletion = (subject: () => Subject): void => {
  const { meta, get, found, create, apply, patch, remove, version, cluster, status, pod } = actions(subject)

  describe('a deletion', () => {
    const holding = async (name: string, ...finalizers: readonly string[]) => {
      await create(cluster(name, PLAIN, { finalizers }))
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
      await apply(status('late', { phase: 'Deleting' }), 'us', 'status')
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
      await expect(patch('Pod', 'followed', wrong)).rejects.toMatchObject(refused('KubernetesRefused'))
    })
  })
}
