import { selectorLabels } from '../../../src/domain/names.ts'
import { kubernetes } from './cluster.ts'
import { membersOf } from './members.ts'
import { type Key, read } from './mysqlcluster.ts'

/** What changes when anybody touches a member of a cluster: its pod, its container, the view of its group. */
export const imprint = async (key: Key) => {
  const [pods, members, cluster] = await Promise.all([
    kubernetes.list('Pod', key.namespace, selectorLabels(key.name)),
    membersOf(key),
    read(key),
  ])
  return {
    pods: pods.map(({ metadata, status }) => ({
      ...{ name: metadata.name, uid: metadata.uid },
      restarts: status?.containerStatuses?.[0]?.restartCount,
    })),
    views: members.map(({ pod, viewId }) => `${pod} ${viewId}`),
    group: cluster?.status?.group,
    primary: cluster?.status?.primary,
  }
}

const WRITTEN = ['StatefulSet', 'Service', 'ConfigMap', 'Secret', 'PodDisruptionBudget', 'NetworkPolicy'] as const

/** What changes when anybody writes to an object of a cluster, other than its status: who did so, when, and to what. */
export const writings = async (key: Key) => {
  const lists = await Promise.all(
    WRITTEN.map(async (kind) =>
      (await kubernetes.list(kind, key.namespace, selectorLabels(key.name))).map(({ metadata }) => ({
        ...{ kind, name: metadata.name, uid: metadata.uid, generation: metadata.generation },
        fields: metadata.managedFields?.filter(({ subresource }) => subresource === undefined),
      })),
    ),
  )
  return lists.flat()
}
