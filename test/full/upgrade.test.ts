import { expect } from '@jest/globals'
import { trial } from '../../src/domain/objects/trial.ts'
import { versionIn } from '../../src/kubernetes/views.ts'
import { kubernetes } from '../e2e/stage/cluster.ts'
import { declare, eventually, healthy } from '../e2e/stage/mysqlcluster.ts'
import { stories } from '../e2e/stage/story.ts'

const namespace = 'e2e-upgrade'
const key = { namespace, name: 'fresh' }
const story = stories(namespace)
const resources = { requests: { cpu: '20m', memory: '512Mi' }, limits: { memory: '1Gi' } }

story('the trial of an image says which MySQL is in it', async () => {
  await declare(key, { size: 1, resources, storage: { size: '1Gi', onDelete: 'Delete' } })
  const { metadata, spec, status } = await healthy(key)
  const { metadata: named, ...rest } = trial({
    ref: { namespace, name: 'another', uid: metadata.uid },
    spec,
    domain: 'cluster.local',
  })
  const { ownerReferences: _, ...ownerless } = named ?? {}
  const pod = { ...rest, metadata: ownerless }
  expect(await kubernetes.create(pod)).toBe('created')
  const said = await eventually('the version that the trial says', 60, async () => {
    const found = await kubernetes.get('Pod', { namespace, name: pod.metadata.name ?? '' })
    return found && versionIn(found)
  })
  expect(status?.version).toMatch(/^\d+\.\d+\.\d+/)
  expect(status?.version?.startsWith(said)).toBe(true)
})
