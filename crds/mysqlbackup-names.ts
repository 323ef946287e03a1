import { GROUP } from './group.ts'

/** Apart from the schemas: workflows know the names, and must not load the schemas once for each cluster in memory. */
export const BACKUP_KIND = 'MySQLBackup'
export const BACKUP_PLURAL = 'mysqlbackups'
/** Keeps a MySQLBackup until its objects in the store are dealt with. */
export const BACKUP_FINALIZER = `${GROUP}/backup-objects`
