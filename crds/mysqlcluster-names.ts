import { GROUP } from './group.ts'

/** Apart from the schemas: workflows know the names, and must not load the schemas once for each cluster in memory. */
export const KIND = 'MySQLCluster'
export const PLURAL = 'mysqlclusters'
/** Keeps a deleted MySQLCluster until its workflow has cleaned up after it. */
export const FINALIZER = `${GROUP}/mysqlcluster`
