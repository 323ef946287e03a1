import { FINALIZER, FORCE_DELETE, KIND, type MySQLCluster } from '../crds/mysqlcluster.ts'
import { sleep } from '../src/clock.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, objectNames, selectorLabels } from '../src/domain/names.ts'
import { findOwnClaims } from './claims.ts'
import { hasFinalizer, readCluster } from './cluster.ts'
import { findPods, labelPods } from './pods.ts'
import type { Ports } from './ports.ts'
import { removeSchedules } from './schedules.ts'
import { releaseSecrets } from './secrets.ts'

const POLL_MS = 500
/** Beyond the members' own grace period; after it, deletion goes on without them. */
const PATIENCE_MS = 60_000

const isForced = (cluster: MySQLCluster): boolean => cluster.metadata.annotations?.[FORCE_DELETE] === 'true'

/** Deletes the StatefulSet and waits for the pods, also for those that an earlier run of this has told to end. */
const stopMembers = async (ports: Ports, ref: ClusterRef, cluster: MySQLCluster): Promise<void> => {
  const { kubernetes } = ports
  const key = { namespace: ref.namespace, name: objectNames(ref.name).statefulSet }
  const statefulSet = await kubernetes.get('StatefulSet', key)
  const ours = statefulSet?.metadata.ownerReferences?.some((owner) => owner.uid === ref.uid)
  if (statefulSet && !ours) return
  if (statefulSet) {
    // A pod without its labels is no longer of the StatefulSet: it would live on.
    const size = statefulSet.spec?.replicas ?? 0
    await labelPods(kubernetes, ref, await findPods(kubernetes, ref, statefulSet.metadata.uid, size))
    await kubernetes.delete('StatefulSet', key, statefulSet.metadata.uid)
  }

  const until = ports.clock.now() + cluster.spec.pod.terminationGracePeriodSeconds * 1000 + PATIENCE_MS
  for (;;) {
    const [pods, now] = await Promise.all([
      kubernetes.list('Pod', ref.namespace, selectorLabels(ref.name)),
      readCluster(kubernetes, ref),
    ])
    if (pods.length === 0 || ports.clock.now() > until || !now || isForced(now)) return
    ports.heartbeat(`waiting for ${pods.map(({ metadata }) => metadata.name).join(', ')} to end`)
    await sleep(ports.clock, POLL_MS)
  }
}

const deleteVolumes = async ({ kubernetes }: Ports, ref: ClusterRef, cluster: MySQLCluster): Promise<void> => {
  const claims = await findOwnClaims(kubernetes, ref, cluster)
  await Promise.all(
    claims.map(({ metadata: { name, uid } }) =>
      kubernetes.delete('PersistentVolumeClaim', { namespace: ref.namespace, name }, uid),
    ),
  )
}

const release = async ({ kubernetes }: Ports, ref: ClusterRef): Promise<void> => {
  const cluster = await readCluster(kubernetes, ref)
  if (!cluster || !hasFinalizer(cluster)) return
  const { resourceVersion } = cluster.metadata
  const finalizers = cluster.metadata.finalizers?.filter((finalizer) => finalizer !== FINALIZER) ?? []
  await kubernetes.patch(KIND, ref, { metadata: { resourceVersion, finalizers } })
}

/**
 * Ends a deleted cluster: stops its members, removes volumes and Secrets when `storage.onDelete` says so, and lets go of
 * the MySQLCluster, whose other objects the garbage collector then removes. It needs no living member, and it is bounded:
 * members that do not end in their time are left to kubelet. Forced, it waits for none, and what is refused is left.
 */
export const finalise = async (ports: Ports, ref: ClusterRef): Promise<void> => {
  const cluster = await readCluster(ports.kubernetes, ref)
  if (!cluster) return
  if (!cluster.metadata.deletionTimestamp) throw new OperatorError('GateClosed', 'the cluster is not being deleted')
  const remove = cluster.spec.storage.onDelete === 'Delete'
  const parts = [
    () => stopMembers(ports, ref, cluster),
    async () => (remove ? deleteVolumes(ports, ref, cluster) : undefined),
    () => removeSchedules(ports, ref, cluster),
    () => releaseSecrets(ports.kubernetes, ref, remove),
  ]
  for (const part of parts) {
    try {
      await part()
    } catch (error) {
      if (!isForced(cluster)) throw error
    }
  }
  await release(ports, ref)
}
