import { API_VERSION } from '../crds/group.ts'
import { KIND } from '../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../crds/mysqloperation.ts'
import { FIELD_MANAGER, type ObjectRef } from '../src/domain/names.ts'
import { parseOperation } from './operations.ts'
import type { Ports } from './ports.ts'

/**
 * Ends a MySQLOperation that has no cluster, and removes it once it was kept for as long as it declares. `left`:
 * milliseconds until then; absent when it is gone, or a cluster is there that looks after it.
 */
export const endStray = async ({ kubernetes, clock }: Ports, stray: ObjectRef): Promise<{ left?: number }> => {
  const { namespace, name, uid } = stray
  const found = await kubernetes.get(OPERATION_KIND, { namespace, name })
  if (found?.metadata.uid !== uid || found.metadata.deletionTimestamp) return {}
  const { metadata, spec, status } = parseOperation(found)
  if (await kubernetes.get(KIND, { namespace, name: spec.clusterName })) return {}
  const now = clock.now()
  const keepMs = spec.ttlSecondsAfterFinished * 1000
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') {
    const left = Date.parse(status.finishedAt ?? new Date(now).toISOString()) + keepMs - now
    if (left > 0) return { left }
    await kubernetes.delete(OPERATION_KIND, { namespace, name }, uid)
    return {}
  }
  const object = {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: { namespace, name, resourceVersion: metadata.resourceVersion },
    status: {
      ...status,
      phase: 'Failed',
      message: `Refused: there is no MySQLCluster ${spec.clusterName} in namespace ${namespace}.`,
      finishedAt: new Date(now).toISOString(),
    },
  }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-status`, subresource: 'status' })
  return { left: keepMs }
}
