import { ARCHIVE_HEALTHY, BACKUP_HEALTHY } from '../crds/condition.ts'
import { API_VERSION } from '../crds/group.ts'
import { KIND } from '../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../crds/mysqlcluster-status.ts'
import { digest } from '../src/domain/digest.ts'
import { type ClusterRef, FIELD_MANAGER } from '../src/domain/names.ts'
import { eventOf, type Report, statusOf } from '../src/domain/status.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import { readCluster } from './cluster.ts'
import type { Ports } from './ports.ts'

const OTHERS: readonly string[] = [ARCHIVE_HEALTHY, BACKUP_HEALTHY]

/** A status without what others write of it. */
const withoutOthers = (status: MySQLClusterStatus): MySQLClusterStatus => {
  const { group: _, procedure: __, timeline: ___, restore: ____, conditions, ...rest } = status
  const { lastBackup: _a, lastGoodBackup: _b, lastVerifiedBackup: _c, schedules: _d, archive: _e, ...published } = rest
  return conditions ? { ...published, conditions: conditions.filter(({ type }) => !OTHERS.includes(type)) } : published
}

/** Writes status and conditions of a cluster, and the event that the change deserves. Writes nothing when nothing changed. */
export const publish = async (ports: Ports, ref: ClusterRef, report: Report): Promise<void> => {
  const { kubernetes } = ports
  const cluster = await readCluster(kubernetes, ref)
  if (!cluster) return
  const before = cluster.status
  const now = new Date(ports.clock.now()).toISOString()
  const status = statusOf(ref, report, before, ports.domain, now)
  if (digest(withoutOthers(before ?? {})) === digest(status)) return

  const event = eventOf(before, status, report.reason)
  if (event) {
    // What was before names the occasion: the same change, published twice, is one event; the next such change is another.
    const occasion = digest([before?.phase, before?.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)])
    await publishEvent(kubernetes, ref, event, occasion, ports.instance, now)
  }
  // A status is not fenced by the uid: without the resourceVersion, this could land on a cluster that was made again meanwhile.
  const object = {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { ...ref, resourceVersion: cluster.metadata.resourceVersion },
    status,
  }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-status`, subresource: 'status' })
}
