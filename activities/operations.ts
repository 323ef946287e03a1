import { API_VERSION } from '../crds/group.ts'
import { KIND } from '../crds/mysqlcluster.ts'
import {
  type MySQLOperation,
  MySQLOperationSchema,
  type MySQLOperationStatus,
  OPERATION_KIND,
  REQUESTS,
} from '../crds/mysqloperation.ts'
import { digest } from '../src/domain/digest.ts'
import { OperatorError } from '../src/domain/errors.ts'
import type { Loss } from '../src/domain/failover.ts'
import { type ClusterRef, FIELD_MANAGER, REFUSED_ANNOTATION } from '../src/domain/names.ts'
import type { OperationRef } from '../src/domain/procedure.ts'
import type { OperationView } from '../src/domain/snapshot.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import type { Ports } from './ports.ts'

const read = (object: Kinds[typeof OPERATION_KIND]) =>
  MySQLOperationSchema.safeParse({ ...object, apiVersion: API_VERSION, kind: OPERATION_KIND })

/** Parses what the API server has. Throws InvalidObject when it is not of the shape that our CRD declares. */
export const parseOperation = (object: Kinds[typeof OPERATION_KIND]): MySQLOperation => {
  const parsed = read(object)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new OperatorError('InvalidObject', `MySQLOperation ${object.metadata.name}: ${issues}`)
}

const hasEnded = ({ status }: MySQLOperation): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

export const operationView = ({ metadata, spec, status }: MySQLOperation): OperationView | undefined => {
  const request = REQUESTS.find((candidate) => spec[candidate] !== undefined)
  if (!request) return undefined
  const refused = metadata.annotations?.[REFUSED_ANNOTATION]
  const pod = spec.switchover?.target ?? spec.failover?.target ?? spec.rebuild?.member
  return {
    name: metadata.name,
    uid: metadata.uid,
    request,
    ...(pod ? { pod } : {}),
    ...(spec.failover ? { acceptLoss: spec.failover.acceptLoss } : {}),
    ...(spec.approved === undefined ? {} : { approved: spec.approved }),
    generation: metadata.generation,
    ...(status?.loss ? { shown: status.loss } : {}),
    ...(refused ? { refused } : {}),
    ...(status?.phase ? { phase: status.phase } : {}),
    ...(status?.message ? { message: status.message } : {}),
  }
}

/** True once an operation has ended and was kept for as long as it declares. */
const isExpired = ({ spec, status }: MySQLOperation, now: number): boolean =>
  status?.finishedAt !== undefined && Date.parse(status.finishedAt) + spec.ttlSecondsAfterFinished * 1000 <= now

/** True when it was asked of an earlier cluster of this name, with which it goes. */
const isOfAnother = ({ metadata: { ownerReferences = [] } }: MySQLOperation, { uid }: ClusterRef): boolean => {
  const owners = ownerReferences.filter(({ kind }) => kind === KIND)
  return owners.length > 0 && owners.every((owner) => owner.uid !== uid)
}

const byAge = (a: MySQLOperation, b: MySQLOperation): number =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name)

/** What is asked of a cluster and has not ended, oldest first; and what has ended and may go. */
export const findOperations = async (
  { kubernetes, clock }: Pick<Ports, 'kubernetes' | 'clock'>,
  ref: ClusterRef,
): Promise<{ readonly asked: readonly OperationView[]; readonly expired: readonly OperationRef[] }> => {
  // One that cannot be understood, or is of another cluster, must not keep this one from being looked after.
  const found = (await kubernetes.list(OPERATION_KIND, ref.namespace, {}))
    .flatMap((object) => read(object).data ?? [])
    .filter(({ spec, metadata }) => spec.clusterName === ref.name && metadata.deletionTimestamp === undefined)
    .filter((operation) => !isOfAnother(operation, ref))
    .toSorted(byAge)
  return {
    asked: found.filter((operation) => !hasEnded(operation)).flatMap((operation) => operationView(operation) ?? []),
    expired: found
      .filter((operation) => hasEnded(operation) && isExpired(operation, clock.now()))
      .map(({ metadata: { name, uid } }) => ({ name, uid })),
  }
}

/** Removes operations that have ended and were kept long enough; any other is left alone, whatever it was before. */
export const forgetOperations = async (
  { kubernetes, clock }: Ports,
  { namespace }: ClusterRef,
  operations: readonly OperationRef[],
): Promise<void> => {
  for (const { name, uid } of operations) {
    const object = await kubernetes.get(OPERATION_KIND, { namespace, name })
    if (object?.metadata.uid !== uid) continue
    const operation = parseOperation(object)
    if (hasEnded(operation) && isExpired(operation, clock.now()))
      await kubernetes.delete(OPERATION_KIND, { namespace, name }, uid)
  }
}

/** Reads an operation that has not ended; undefined when it has, is gone, or its name belongs to another one by now. */
export const readOpen = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  { name, uid }: OperationRef,
): Promise<MySQLOperation | undefined> => {
  const object = await kubernetes.get(OPERATION_KIND, { namespace: ref.namespace, name })
  const operation = object?.metadata.uid === uid ? parseOperation(object) : undefined
  return operation && !hasEnded(operation) ? operation : undefined
}

/** Makes an operation go with its cluster: whoever made it need not know the uid of that. Resolves with it as it is then. */
const adopt = async (
  kubernetes: Kubernetes,
  ref: ClusterRef,
  found: MySQLOperation | undefined,
): Promise<MySQLOperation | undefined> => {
  const { resourceVersion, ownerReferences = [], name } = found?.metadata ?? {}
  if (!name || ownerReferences.some(({ uid }) => uid === ref.uid)) return found
  // It may have another controller: this is one more owner, which holds up nobody's deletion.
  const owner = { apiVersion: API_VERSION, kind: KIND, name: ref.name, uid: ref.uid }
  const metadata = { resourceVersion, ownerReferences: [...ownerReferences, owner] }
  const adopted = await kubernetes.patch(OPERATION_KIND, { namespace: ref.namespace, name }, { metadata })
  return adopted && parseOperation(adopted)
}

/** Writes the status of an operation that has not ended, which goes with its cluster from then on; one that has is left as it is. */
export const tellOperation = async (
  { kubernetes, clock, instance }: Ports,
  ref: ClusterRef,
  operation: OperationRef,
  status: Pick<MySQLOperationStatus, 'message' | 'workflow'> & {
    readonly phase: NonNullable<MySQLOperationStatus['phase']>
    /** What is shown to be lost, from now on. */
    readonly loss?: Loss
  },
): Promise<void> => {
  const found = await adopt(kubernetes, ref, await readOpen(kubernetes, ref, operation))
  if (!found) return
  const now = new Date(clock.now()).toISOString()
  const { startedAt = status.phase === 'Running' ? now : undefined, workflow = status.workflow } = found.status ?? {}
  // Whoever approved until now has not seen it.
  const loss = status.loss ? { ...status.loss, generation: found.metadata.generation } : found.status?.loss
  const isOver = status.phase === 'Succeeded' || status.phase === 'Failed'
  const object = {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: { namespace: ref.namespace, name: operation.name, resourceVersion: found.metadata.resourceVersion },
    status: {
      phase: status.phase,
      ...(status.message ? { message: status.message.slice(0, 4096) } : {}),
      ...(startedAt ? { startedAt } : {}),
      ...(isOver ? { finishedAt: now } : {}),
      ...(workflow ? { workflow } : {}),
      ...(loss ? { loss } : {}),
    },
  }
  if (status.phase === 'AwaitingApproval') {
    const note = `MySQLOperation ${operation.name} waits for a person: ${status.message ?? ''}`
    const event = { type: 'Warning', reason: 'AwaitingApproval', action: 'Operate', note } as const
    await publishEvent(kubernetes, ref, event, digest([operation.uid, status]), instance, now)
  }
  if (status.phase === 'Failed') {
    const note = `MySQLOperation ${operation.name}: ${status.message ?? ''}`
    const event = { type: 'Warning', reason: 'OperationFailed', action: 'Operate', note } as const
    await publishEvent(kubernetes, ref, event, operation.uid, instance, now)
  }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-status`, subresource: 'status' })
}
