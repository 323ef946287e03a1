import { API_VERSION } from '../../../crds/group.ts'
import { BACKUP_KIND, type MySQLBackupStatus } from '../../../crds/mysqlbackup.ts'
import { NODE_ADDRESS } from '../../../deploy/local/settings.ts'
import { type Gateway, startGateway } from '../../support/gateway.ts'
import { kubernetes } from './cluster.ts'
import { eventually } from './mysqlcluster.ts'

/** Starts a store, and makes the Secrets that a cluster in the namespace needs for it: `store` and `store-ca`. */
export const openGateway = async (namespace: string): Promise<Gateway> => {
  const gateway = await startGateway(NODE_ADDRESS)
  const secret = (name: string, stringData: object) =>
    kubernetes.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData } as never)
  await secret('store', {
    AWS_ACCESS_KEY_ID: gateway.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: gateway.credentials.secretAccessKey,
  })
  await secret('store-ca', { 'ca.crt': gateway.authority })
  return gateway
}

/** The MySQLBackups of a namespace, as a person asks for them and looks at them. */
export const backupsIn = (namespace: string, clusterName: string) => {
  const statusOf = async (name: string): Promise<MySQLBackupStatus | undefined> =>
    (await kubernetes.get(BACKUP_KIND, { namespace, name }))?.['status'] as MySQLBackupStatus | undefined

  const when = (name: string, what: string, is: (status: MySQLBackupStatus) => boolean): Promise<MySQLBackupStatus> => {
    let seen: MySQLBackupStatus | undefined
    return eventually(
      `${what} of ${name}`,
      300,
      async () => {
        seen = await statusOf(name)
        return seen && is(seen) ? seen : undefined
      },
      () => seen,
    )
  }
  return {
    statusOf,
    when,
    ask: (name: string, spec: object = {}): Promise<unknown> =>
      kubernetes.create({
        apiVersion: API_VERSION,
        kind: BACKUP_KIND,
        metadata: { namespace, name },
        spec: { clusterName, ...spec },
      } as never),
    ended: (name: string) => when(name, 'the end', ({ phase }) => phase === 'Completed' || phase === 'Failed'),
    verified: (name: string) =>
      when(name, 'the verification', ({ verification }) => verification?.finishedAt !== undefined),
  }
}
