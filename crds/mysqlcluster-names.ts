import { GROUP } from './group.ts'

/** Apart from the schemas: workflows know the names, and must not load the schemas once for each cluster in memory. */
export const KIND = 'MySQLCluster'
export const PLURAL = 'mysqlclusters'
/** Keeps a deleted MySQLCluster until its workflow has cleaned up after it. */
export const FINALIZER = `${GROUP}/mysqlcluster`
/** Annotation by which a person says `"true"`: let go of the deleted MySQLCluster at once, whatever its members do. */
export const FORCE_DELETE = `${GROUP}/force-delete`
/** So many entries the timeline of a cluster has. */
export const TIMELINE_LENGTH = 20
