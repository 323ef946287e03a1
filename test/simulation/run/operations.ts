import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { type MySQLOperationStatus, OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { NAMESPACE } from './user.ts'
import type { SimWorld } from './world.ts'

const statusOf = (operation: Kinds[typeof OPERATION_KIND]): MySQLOperationStatus =>
  (operation['status'] ?? {}) as MySQLOperationStatus

/** What is under way, by the objects of those who asked, and by the record of the cluster. */
export const underWay = ({ kubernetes, user }: SimWorld) => ({
  onRecord: (user.cluster()?.['status'] as MySQLClusterStatus | undefined)?.procedure,
  operations: kubernetes.objects
    .list(OPERATION_KIND, NAMESPACE)
    .map((operation) => ({ name: operation.metadata.name, ...statusOf(operation) })),
})

/** What was asked and has not ended, and procedures that are on record although nothing is amiss any more. */
export const unfinished = (world: SimWorld): readonly string[] => {
  const { onRecord, operations } = underWay(world)
  const open = operations.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed')
  return [
    ...(onRecord ? [`${onRecord.kind} of ${onRecord.subject} is on record`] : []),
    ...open.map(({ name, phase, message }) => `MySQLOperation ${name} is ${phase ?? 'not told of'}: ${message ?? ''}`),
  ]
}
