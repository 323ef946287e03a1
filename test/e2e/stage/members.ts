import { addressOf, readAccess } from '../../../activities/cluster.ts'
import { selectorLabels } from '../../../src/domain/names.ts'
import type { MemberView } from '../../../src/domain/snapshot.ts'
import { podView } from '../../../src/kubernetes/views.ts'
import { createMySQL } from '../../../src/mysql/mysql.ts'
import type { Access, MemberAddress } from '../../../src/mysql/port.ts'
import { kubernetes } from './cluster.ts'
import { type Key, read } from './mysqlcluster.ts'

const mysql = createMySQL()

/** What it takes to connect to one member as the operator does. */
export const reachMember = async (key: Key, name: string): Promise<{ address: MemberAddress; access: Access }> => {
  const ref = { ...key, uid: (await read(key))?.metadata.uid ?? '' }
  const [pod, access] = await Promise.all([
    kubernetes.get('Pod', { namespace: key.namespace, name }),
    readAccess(kubernetes, ref),
  ])
  const address = pod && addressOf(ref, podView(pod), 'cluster.local')
  if (!address || !access) throw new Error(`${name} cannot be reached yet`)
  return { address, access }
}

/** What each member of a cluster says of itself, asked directly, in the order of their names. Fails when one of them does not answer. */
export const membersOf = async (key: Key): Promise<readonly MemberView[]> => {
  const ref = { ...key, uid: (await read(key))?.metadata.uid ?? '' }
  const [pods, access] = await Promise.all([
    kubernetes.list('Pod', key.namespace, selectorLabels(key.name)),
    readAccess(kubernetes, ref),
  ])
  return Promise.all(
    pods.map(podView).map(async (pod) => {
      const address = addressOf(ref, pod, 'cluster.local')
      if (!address || !access) throw new Error(`${pod.name} cannot be reached yet`)
      return mysql.inspect(address, access)
    }),
  )
}
