import { gather } from '../../../activities/gather.ts'
import { systemClock } from '../../../src/clock.ts'
import type { MemberView } from '../../../src/domain/snapshot.ts'
import { createMySQL } from '../../../src/mysql/mysql.ts'
import { realCredentials } from '../../../src/pki/credentials.ts'
import { kubernetes } from './cluster.ts'
import { type Key, read } from './mysqlcluster.ts'

/** What each member of a cluster says of itself, asked directly. */
export const membersOf = async (key: Key): Promise<readonly MemberView[]> => {
  const cluster = await read(key)
  const ports = {
    kubernetes,
    mysql: createMySQL(),
    domain: 'cluster.local',
    instance: 'e2e',
    heartbeat: () => undefined,
    clock: systemClock,
    credentials: realCredentials,
  }
  const snapshot = await gather(ports, { ...key, uid: cluster?.metadata.uid ?? '' })
  return snapshot?.members ?? []
}
