import type { MySQLClusterSpec } from '../../../crds/mysqlcluster-spec.ts'
import type { ClusterRef } from '../names.ts'

/** What the objects of a cluster are made from. */
export interface ClusterInput {
  readonly ref: ClusterRef
  readonly spec: MySQLClusterSpec
  /** The DNS domain of the Kubernetes cluster, as a rule `cluster.local`. */
  readonly domain: string
}
