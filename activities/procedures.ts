import { API_VERSION } from '../crds/group.ts'
import { KIND, type MySQLCluster } from '../crds/mysqlcluster.ts'
import type { ProcedureRecord, TimelineEntry } from '../crds/mysqlcluster-status.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, FIELD_MANAGER } from '../src/domain/names.ts'
import { describeProcedure, type Outcome, type Procedure, procedureId } from '../src/domain/procedure.ts'
import { entryOf, withEntry } from '../src/domain/timeline.ts'
import { type EventText, publishEvent } from '../src/kubernetes/events.ts'
import { readCluster } from './cluster.ts'
import { readOpen, tellOperation } from './operations.ts'
import type { Ports } from './ports.ts'

/** Writes what is under way and what has been, if nobody has changed the cluster since it was read. */
export const record = (
  { kubernetes }: Ports,
  ref: ClusterRef,
  { metadata: { resourceVersion } }: MySQLCluster,
  status: { readonly procedure?: ProcedureRecord; readonly timeline?: readonly TimelineEntry[] },
): Promise<void> => {
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { ...ref, resourceVersion }, status }
  return kubernetes.apply(object, { manager: `${FIELD_MANAGER}-procedures`, subresource: 'status' })
}

const event = (ports: Ports, ref: ClusterRef, text: EventText, occasion: string): Promise<void> =>
  publishEvent(ports.kubernetes, ref, text, occasion, ports.instance, new Date(ports.clock.now()).toISOString())

const titled = (kind: string): string => `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`

/**
 * Puts a procedure on record, by compare-and-set. False when there is nothing to do any more: what asked for it has ended,
 * or the cluster is gone or going. Throws GateClosed while another one is under way.
 */
export const beginProcedure = async (ports: Ports, ref: ClusterRef, procedure: Procedure): Promise<boolean> => {
  const cluster = await readCluster(ports.kubernetes, ref)
  if (!cluster || cluster.metadata.deletionTimestamp) return false
  const id = procedureId(ref, procedure)
  const before = cluster.status?.procedure
  if (before && before.id !== id)
    throw new OperatorError('GateClosed', `another procedure is under way: ${describeProcedure(before)}`)
  const { operation, kind, subject, why } = procedure
  if (operation && !(await readOpen(ports.kubernetes, ref, operation))) {
    if (before) await record(ports, ref, cluster, { timeline: cluster.status?.timeline ?? [] })
    return false
  }
  if (!before) {
    const since = new Date(ports.clock.now()).toISOString()
    const started = { id, kind, subject, why: why.slice(0, 1024), ...(operation ? { operation } : {}), since }
    await record(ports, ref, cluster, { procedure: started, timeline: cluster.status?.timeline ?? [] })
  }
  if (operation)
    await tellOperation(ports, ref, operation, {
      phase: 'Running',
      message: `Under way: ${describeProcedure(procedure)}.`,
      workflow: { id },
    })
  return true
}

/** Takes a procedure off the record, and writes how it ended: into the timeline, the MySQLOperation, and an event. */
export const endProcedure = async (
  ports: Ports,
  ref: ClusterRef,
  procedure: Procedure,
  outcome: Outcome,
): Promise<void> => {
  const { operation, kind, why } = procedure
  if (operation) await tellOperation(ports, ref, operation, { phase: outcome.kind, message: outcome.message })
  const cluster = await readCluster(ports.kubernetes, ref)
  const before = cluster?.status?.procedure
  if (!cluster || before?.id !== procedureId(ref, procedure)) return
  const entry = entryOf(procedure, outcome, Date.parse(before.since), ports.clock.now())
  const text = {
    type: outcome.kind === 'Succeeded' ? 'Normal' : 'Warning',
    reason: `${titled(kind)}${outcome.kind}`,
    action: titled(kind),
    note: `${outcome.message} (${entry.seconds} s; ${why})`,
  } as const
  await event(ports, ref, text, before.since)
  await record(ports, ref, cluster, { timeline: withEntry(cluster.status?.timeline, entry) })
}
