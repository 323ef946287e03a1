import type { Clock } from '../../../src/clock.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { Random } from '../world/random.ts'
import { part, type Tree } from './json.ts'
import type { Registry } from './registry.ts'
import { type Author, keyOf, nameOf, type Store, stamp } from './store.ts'
import { createWorkqueue } from './workqueue.ts'

const BY = 'job-controller'
const AUTHOR: Author = { by: BY, manager: BY, operation: 'Update' }
const LETTERS = [...'bcdfghjklmnpqrstvwxz2456789']
export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name'
type Job = Kinds['Job']

const isOver = ({ status }: Job): boolean =>
  status?.conditions?.some(({ type, status: is }) => is === 'True' && (type === 'Failed' || type === 'Complete')) ??
  false

const podOf = ({ metadata, spec }: Job, name: string): Tree => {
  const template = part(spec, 'template')
  const { name: job, namespace, uid } = metadata
  const labels = {
    ...part(template, 'metadata', 'labels'),
    [JOB_NAME_LABEL]: job,
    'batch.kubernetes.io/controller-uid': uid,
  }
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: job, uid, controller: true, blockOwnerDeletion: true }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, ownerReferences: [owner] },
    spec: part(template, 'spec'),
  }
}

/** The Job controller for what we use: one pod, which is not made again (backoffLimit 0). A pod that is gone counts as failed. */
export const startJobs = (
  clock: Clock,
  random: Random,
  store: Store,
  registry: Registry,
  mayWork: () => boolean,
): void => {
  /** Jobs whose pod was made: the real controller knows it by a finalizer of the pod. */
  const made = new Set<string>()

  const conclude = (job: Job, type: 'Complete' | 'Failed', reason?: string): void => {
    const condition = { type, status: 'True', lastTransitionTime: stamp(clock.now()), ...(reason ? { reason } : {}) }
    const counts = type === 'Complete' ? { succeeded: 1 } : { failed: 1 }
    registry.report('Job', keyOf(job), (before) => ({ ...before, ...counts, active: 0, conditions: [condition] }), BY)
  }

  const reconcile = (name: string): void => {
    const [namespace = '', jobName = ''] = name.split('/')
    const job = store.get('Job', { namespace, name: jobName })
    if (!job || job.metadata.deletionTimestamp || isOver(job)) return
    const { uid } = job.metadata
    const pods = store
      .list('Pod', namespace, { [JOB_NAME_LABEL]: jobName })
      .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid))
    const [pod] = pods
    if (pod?.status?.phase === 'Succeeded') conclude(job, 'Complete')
    else if (pod ? pod.status?.phase === 'Failed' : made.has(uid)) conclude(job, 'Failed', 'BackoffLimitExceeded')
    else if (!pod) {
      const suffix = Array.from({ length: 5 }, () => random.pick(LETTERS)).join('')
      const key = { namespace, name: `${jobName}-${suffix}` }
      registry.create('Pod', key, podOf(job, key.name), AUTHOR)
      made.add(uid)
      registry.report('Job', keyOf(job), (before) => ({ ...before, active: 1, startTime: stamp(clock.now()) }), BY)
    }
  }

  const queue = createWorkqueue(clock, random, { from: 10, to: 300 }, mayWork, reconcile)
  store.onWrite(({ kind, key, before, after }) => {
    if (kind === 'Job' && after) queue.add(nameOf(key))
    if (kind !== 'Pod') return
    const job = (after ?? before)?.metadata.labels?.[JOB_NAME_LABEL]
    if (job) queue.add(nameOf({ namespace: key.namespace, name: job }))
  })
}
