import { API_VERSION } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { type MySQLClusterSpec, MySQLClusterSpecSchema } from '../../crds/mysqlcluster-spec.ts'
import type { ClusterInput } from '../../src/domain/objects/cluster.ts'
import { CLUSTER, REF } from './snapshots.ts'

/** The manifest that must always work, exactly as it stands. */
export const PLAIN = { size: 3, image: 'mysql:8.0' } as const

export type Declared = Readonly<Record<string, unknown>>

/** A MySQLCluster as a person writes it. */
export const manifest = (spec: Declared = PLAIN, name: string = CLUSTER) => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name, namespace: 'default' },
  spec,
})

/** A spec with all defaults filled in. */
export const spec = (over: Declared = {}): MySQLClusterSpec => MySQLClusterSpecSchema.parse({ ...PLAIN, ...over })

export const input = (over: Declared = {}): ClusterInput => ({ ref: REF, spec: spec(over), domain: 'cluster.local' })
