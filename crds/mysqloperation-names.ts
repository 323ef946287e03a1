/** Apart from the schemas: workflows know the names, and must not load the schemas once for each cluster in memory. */
export const OPERATION_KIND = 'MySQLOperation'
export const OPERATION_PLURAL = 'mysqloperations'
