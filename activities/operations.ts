import { API_VERSION } from '../crds/group.ts'
import {
  type MySQLOperation,
  MySQLOperationSchema,
  type MySQLOperationStatus,
  OPERATION_KIND,
  REQUESTS,
} from '../crds/mysqloperation.ts'
import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, FIELD_MANAGER, REFUSED_ANNOTATION } from '../src/domain/names.ts'
import type { OperationRef } from '../src/domain/procedure.ts'
import type { OperationView } from '../src/domain/snapshot.ts'
import { publishEvent } from '../src/kubernetes/events.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import type { Kubernetes } from '../src/kubernetes/port.ts'
import type { Ports } from './ports.ts'

/** Parses what the API server has. Throws InvalidObject when it is not of the shape that our CRD declares. */
export const parseOperation = (object: Kinds[typeof OPERATION_KIND]): MySQLOperation => {
  const parsed = MySQLOperationSchema.safeParse({ ...object, apiVersion: API_VERSION, kind: OPERATION_KIND })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new OperatorError('InvalidObject', `MySQLOperation ${object.metadata.name}: ${issues}`)
}

const hasEnded = ({ status }: MySQLOperation): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

const operationView = ({ metadata, spec, status }: MySQLOperation): OperationView | undefined => {
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
    ...(refused ? { refused } : {}),
    ...(status?.phase ? { phase: status.phase } : {}),
    ...(status?.message ? { message: status.message } : {}),
  }
}

/** What is asked of a cluster and has not ended, oldest first. */
export const findOperations = async (kubernetes: Kubernetes, ref: ClusterRef): Promise<readonly OperationView[]> => {
  const found = await kubernetes.list(OPERATION_KIND, ref.namespace, {})
  return found
    .map(parseOperation)
    .filter(({ spec, metadata }) => spec.clusterName === ref.name && metadata.deletionTimestamp === undefined)
    .filter((operation) => !hasEnded(operation))
    .toSorted(
      (a, b) =>
        Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
        a.metadata.name.localeCompare(b.metadata.name),
    )
    .flatMap((operation) => operationView(operation) ?? [])
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

/** Writes the status of an operation that has not ended; one that has is left as it is. */
export const tellOperation = async (
  { kubernetes, clock, instance }: Ports,
  ref: ClusterRef,
  operation: OperationRef,
  status: Pick<MySQLOperationStatus, 'message' | 'workflow'> & {
    readonly phase: NonNullable<MySQLOperationStatus['phase']>
  },
): Promise<void> => {
  const found = await readOpen(kubernetes, ref, operation)
  if (!found) return
  const now = new Date(clock.now()).toISOString()
  const { startedAt = status.phase === 'Running' ? now : undefined, workflow = status.workflow } = found.status ?? {}
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
    },
  }
  if (status.phase === 'Failed') {
    const note = `MySQLOperation ${operation.name}: ${status.message ?? ''}`
    const event = { type: 'Warning', reason: 'OperationFailed', action: 'Operate', note } as const
    await publishEvent(kubernetes, ref, event, operation.uid, instance, now)
  }
  await kubernetes.apply(object, { manager: `${FIELD_MANAGER}-status`, subresource: 'status' })
}
