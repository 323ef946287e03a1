export { mysqlCluster } from './mysql-cluster.ts'
export { recoverOutage } from './recover-outage.ts'
export { rejoin } from './rejoin.ts'
export { switchover } from './switchover.ts'
