import { API_VERSION } from '../../../crds/group.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import { type ClusterRef, objectNames } from '../../../src/domain/names.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { KubernetesWorld } from '../kubernetes/world.ts'
import type { Story } from '../world/story.ts'
import type { Scenario } from './scenario.ts'
import { STORE } from './stores.ts'

export const NAMESPACE = 'default'
export const CLUSTER = 'shop'
export const CLUSTER_KEY = { namespace: NAMESPACE, name: CLUSTER } as const
export const NAMES = objectNames(CLUSTER)
export const WRITES = { namespace: NAMESPACE, name: NAMES.primary } as const
export const READS = { namespace: NAMESPACE, name: NAMES.replicas } as const
export const ANY = { namespace: NAMESPACE, name: NAMES.any } as const

export interface Wish {
  /** Whether the person wants the cluster to be there. */
  there: boolean
  /** Made again under the same name as soon as the old one is gone. */
  again: boolean
  size: number
  image: string
}

/** The person who declares the cluster. */
export interface User {
  readonly wish: Wish
  cluster(): Kinds[typeof KIND] | undefined
  ref(): ClusterRef | undefined
  apply(spec?: Readonly<Record<string, unknown>>): void
  patch(spec: Readonly<Record<string, unknown>>): void
  remove(): void
}

export const createUser = (kubernetes: KubernetesWorld, story: Story, scenario: Scenario): User => {
  const wish: Wish = { there: true, again: false, size: scenario.size, image: 'mysql:8.0' }
  const user: User = {
    wish,
    cluster: () => kubernetes.objects.get(KIND, CLUSTER_KEY),
    ref() {
      const uid = user.cluster()?.metadata.uid
      return uid === undefined ? undefined : { ...CLUSTER_KEY, uid }
    },
    apply(spec = {}) {
      const declared = {
        size: wish.size,
        image: wish.image,
        storage: { onDelete: scenario.onDelete },
        ...(scenario.backups ? { backup: { stores: [STORE] } } : {}),
        ...spec,
      }
      story.tell('person', `applies MySQLCluster ${CLUSTER}: ${JSON.stringify(declared)}`)
      const object = { apiVersion: API_VERSION, kind: KIND, metadata: CLUSTER_KEY, spec: declared }
      kubernetes.objects.apply(object, 'person')
    },
    patch(spec) {
      if (!user.cluster()) return
      story.tell('person', `patches MySQLCluster ${CLUSTER}: ${JSON.stringify(spec)}`)
      kubernetes.objects.patch(KIND, CLUSTER_KEY, { spec }, 'person')
    },
    remove() {
      story.tell('person', `deletes MySQLCluster ${CLUSTER}`)
      kubernetes.objects.delete(KIND, CLUSTER_KEY, { by: 'person' })
    },
  }
  return user
}
