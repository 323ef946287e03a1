import { API_VERSION } from '../../../crds/group.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import { type MySQLOperationStatus, OPERATION_KIND, OPERATION_PLURAL } from '../../../crds/mysqloperation.ts'
import type { OperationRef, Outcome, Procedure } from '../../../src/domain/procedure.ts'
import { type Declared, PLAIN } from '../../support/clusters.ts'
import { CLUSTER, grouped, podName, primary, RECORD, row } from '../../support/snapshots.ts'
import { makeCluster, type TestCluster } from './cluster.ts'
import type { Stage } from './jest.ts'

export const trio = [primary(0), row(1), row(2)]
export const DONE: Outcome = { kind: 'Succeeded', message: 'shop-1 is the primary now; before, shop-0 was.' }
export const rejoin = (ordinal: number): Procedure => ({
  kind: 'rejoin',
  subject: podName(ordinal),
  why: 'it is outside',
})

/** A cluster of three whose members are all in their group. */
export const formed = async (stage: Stage): Promise<TestCluster> => {
  const cluster = await makeCluster(stage, PLAIN)
  await cluster.activities.applyObjects(cluster.ref)
  await cluster.makePods(3)
  const record = { apiVersion: API_VERSION, kind: KIND, metadata: cluster.ref, status: { group: RECORD } }
  await stage.kubernetes.apply(record, { manager: 'us', subresource: 'status' })
  cluster.members = [0, 1, 2].map((ordinal) => grouped(ordinal, trio))
  return cluster
}
export const operationOf = async (stage: Stage, { ref: { namespace } }: TestCluster, name = 'hand-over') => {
  const found = await stage.kubernetes.get(OPERATION_KIND, { namespace, name })
  return found && { ...found, status: (found['status'] ?? {}) as MySQLOperationStatus }
}
/** A MySQLOperation as a person makes it. */
export const asks = async (
  stage: Stage,
  cluster: TestCluster,
  over: Declared = {},
  name = 'hand-over',
): Promise<OperationRef> => {
  const path = `/apis/${API_VERSION}/namespaces/${cluster.ref.namespace}/${OPERATION_PLURAL}`
  const spec = { clusterName: CLUSTER, switchover: { target: podName(1) }, ...over }
  const { body } = await stage.ask('POST', path, {
    apiVersion: API_VERSION,
    kind: OPERATION_KIND,
    metadata: { name },
    spec,
  })
  return { name, uid: String(body.metadata?.['uid']) }
}
export const switchover = (operation: OperationRef): Procedure => ({
  ...{ kind: 'switchover', subject: podName(1), why: 'MySQLOperation hand-over asks for it', operation },
})
export const statusOf = async (stage: Stage, { ref }: TestCluster): Promise<MySQLClusterStatus> =>
  ((await stage.kubernetes.get(KIND, ref))?.['status'] ?? {}) as MySQLClusterStatus
export const eventsOf = async (stage: Stage, { ref }: TestCluster): Promise<readonly string[]> =>
  (await stage.kubernetes.list('Event', ref.namespace, {})).map(({ reason, note }) => `${reason}: ${note}`)
