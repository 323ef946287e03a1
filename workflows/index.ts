export { mysqlCluster } from './mysql-cluster.ts'
export { rejoin } from './rejoin.ts'
export { switchover } from './switchover.ts'
