export { mysqlCluster } from './mysql-cluster.ts'
