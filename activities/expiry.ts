import { stateOf } from '../src/domain/cluster-state.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type Expiry, folderOf, judgeExpiry, type Kept, keptLonger, withKept, withoutKept } from '../src/domain/kept.ts'
import { type ClusterRef, KEPT_ANNOTATION, ordinalOf } from '../src/domain/names.ts'
import { expiryJob, expiryJobName, expiryOf } from '../src/domain/objects/expiry-job.ts'
import type { Snapshot } from '../src/domain/snapshot.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import { readCluster } from './cluster.ts'
import { evidence } from './group.ts'
import type { Ports } from './ports.ts'

/** How far the removal of what rebuilds have kept is. */
export type ExpiryOutcome = { readonly kind: 'Begun' | 'UnderWay' | 'Removed' | 'Failed' }

const writeKept = async (
  { kubernetes }: Ports,
  ref: ClusterRef,
  claim: string,
  kept: readonly Kept[],
): Promise<void> => {
  const value = kept.length > 0 ? JSON.stringify(kept) : null
  const key = { namespace: ref.namespace, name: claim }
  await kubernetes.patch('PersistentVolumeClaim', key, { metadata: { annotations: { [KEPT_ANNOTATION]: value } } })
}

/** Puts on record, on its claim, what the start of a member has kept, so that it is known when that may go. */
export const noteKept = async (
  ports: Ports,
  ref: ClusterRef,
  snapshot: Snapshot,
  pod: string,
  id: string,
): Promise<void> => {
  const claim = snapshot.claims.find(({ ordinal }) => ordinal === ordinalOf(pod))
  const before = claim?.kept ?? []
  const after = withKept(before, id, ports.clock.now())
  if (claim && after !== before) await writeKept(ports, ref, claim.name, after)
}

const begin = async (ports: Ports, ref: ClusterRef, snapshot: Snapshot, expiry: Expiry): Promise<void> => {
  const cluster = await readCluster(ports.kubernetes, ref)
  const { nodeName: node, image = cluster?.spec.image } = snapshot.pods.find(({ name }) => name === expiry.pod) ?? {}
  if (!cluster || !node || !image) throw new OperatorError('GateClosed', `${expiry.pod} is gone`)
  await ports.kubernetes.create(expiryJob({ ref, expiry, node, image, pod: cluster.spec.pod }))
}

const hasEnded = (job: Kinds['Job'], how: 'Complete' | 'Failed'): boolean =>
  job.status?.conditions?.some(({ type, status }) => type === how && status === 'True') ?? false

/**
 * Removes what rebuilds have kept on the volume of a member, by a Job: begins it, or ends it when it has done that. It never waits;
 * the gate is asked once more before anything begins.
 */
export const expireKept = async (ports: Ports, ref: ClusterRef, pod: string): Promise<ExpiryOutcome> => {
  const { kubernetes, clock, instance } = ports
  const { snapshot } = await evidence(ports, ref)
  const key = { namespace: ref.namespace, name: expiryJobName(ref, pod) }
  const job = await kubernetes.get('Job', key)
  if (!job) {
    const expiry = judgeExpiry(snapshot, stateOf(snapshot))
    if (expiry?.pod !== pod) throw new OperatorError('GateClosed', `nothing on the volume of ${pod} may go now`)
    await begin(ports, ref, snapshot, expiry)
    return { kind: 'Begun' }
  }
  const isDone = hasEnded(job, 'Complete')
  if (!isDone && !hasEnded(job, 'Failed')) return { kind: 'UnderWay' }
  const ids = expiryOf(job.metadata.annotations)
  const claim = snapshot.claims.find(({ ordinal }) => ordinal === ordinalOf(pod))
  const { kept = [], name = '' } = claim ?? {}
  const now = clock.now()
  const folders = ids.map(folderOf).join(', ')
  const told = isDone
    ? ({
        type: 'Normal',
        reason: 'KeptRemoved',
        note: `What rebuilds had kept on the volume of ${pod} was old: ${folders}.`,
      } as const)
    : ({
        type: 'Warning',
        reason: 'KeptNotRemoved',
        note: `Job ${key.name} could not remove what rebuilds had kept on the volume of ${pod}: ${folders}. It is tried again after spec.storage.keepReplaced; or remove it by hand.`,
      } as const)
  await publishEvent(
    kubernetes,
    ref,
    { ...told, action: 'Expire' },
    job.metadata.uid,
    instance,
    new Date(now).toISOString(),
  )
  if (claim) await writeKept(ports, ref, name, isDone ? withoutKept(kept, ids) : keptLonger(kept, ids, now))
  await kubernetes.delete('Job', key, job.metadata.uid)
  return { kind: isDone ? 'Removed' : 'Failed' }
}
