import { API_VERSION, GROUP } from '../../crds/group.ts'
import { KIND } from '../../crds/mysqlcluster-names.ts'

/** Which cluster: everything that is passed through Temporal about it. Specs and secrets are read where they live. */
export interface ClusterRef {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** One object of a namespace, told from others of its name. Plain JSON: it travels through Temporal. */
export type ObjectRef = ClusterRef

export const FIELD_MANAGER = 'mysql-operator'
/** Holds the Secrets of a living cluster: one that is deleted by hand can still be read, and is made again as it was. */
export const SECRET_FINALIZER = `${GROUP}/in-use`
export const MANAGED_BY = 'temporal-mysql-operator'

export const ROLE_LABEL = `${GROUP}/role`
/** On a pod: `<name>-replicas` leads to it. */
export const READS_LABEL = `${GROUP}/reads`
/** On a pod: `<name>-any` leads to it. */
export const SERVES_LABEL = `${GROUP}/serves`
export const YES = 'true'
export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
/** On the write Service: the VIEW_ID by which its selector was last moved. */
export const VIEW_ANNOTATION = `${GROUP}/view-id`
/** On the write Service: the last changes of the pod that it selects, newest first. */
export const MOVES_ANNOTATION = `${GROUP}/moves`

/** On a pod: transactions that its member holds and its group does not, as the observer found. It takes no reads then. */
export const ERRANT_ANNOTATION = `${GROUP}/errant`

/** On a claim: what rebuilds have kept on its volume, and since when, as JSON. */
export const KEPT_ANNOTATION = `${GROUP}/kept`

/** On a pod: what it was made from, as a digest. */
export const MADE_ANNOTATION = `${GROUP}/made-from`

/** On a MySQLOperation: why the request that it was made of cannot be carried out. */
export const REFUSED_ANNOTATION = `${GROUP}/refused`

export const PORTS = { mysql: 3306, admin: 33062 } as const

export const objectNames = (cluster: string) =>
  ({
    statefulSet: cluster,
    headless: cluster,
    primary: `${cluster}-primary`,
    replicas: `${cluster}-replicas`,
    any: `${cluster}-any`,
    system: `${cluster}-system`,
    app: `${cluster}-app`,
    tls: `${cluster}-tls`,
    trial: `${cluster}-trial`,
    archiver: `${cluster}-archiver`,
    disruption: cluster,
    network: cluster,
    config: (hash: string) => `${cluster}-config-${hash}`,
    pod: (ordinal: number) => `${cluster}-${ordinal}`,
    claim: (ordinal: number) => `data-${cluster}-${ordinal}`,
  }) as const

/** The ordinal of a pod or claim of a StatefulSet: the digits after its last dash. */
export const ordinalOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1))

/** The pod whose volume a claim is for. */
export const podOfClaim = (claim: string): string => claim.replace(/^data-/, '')

/** The name by which a member knows itself and others find it; it outlives the pod's address. */
export const memberHost = (ref: Pick<ClusterRef, 'name' | 'namespace'>, pod: string, domain: string): string =>
  `${pod}.${ref.name}.${ref.namespace}.svc.${domain}`

export const serviceHost = (namespace: string, service: string, domain: string): string =>
  `${service}.${namespace}.svc.${domain}`

/** Labels that select the pods of one cluster; they never change in its life. Other MySQL installations use the first two, too. */
export const selectorLabels = (cluster: string) =>
  ({
    'app.kubernetes.io/name': 'mysql',
    'app.kubernetes.io/instance': cluster,
    'app.kubernetes.io/managed-by': MANAGED_BY,
  }) as const

export const objectLabels = (cluster: string, component = 'database') =>
  ({
    ...selectorLabels(cluster),
    'app.kubernetes.io/component': component,
  }) as const

/** Makes an object go with its MySQLCluster, and tells others whose it is. */
export const ownerReference = (ref: ClusterRef) => ({
  apiVersion: API_VERSION,
  kind: KIND,
  name: ref.name,
  uid: ref.uid,
  controller: true,
  blockOwnerDeletion: true,
})

/** The workflow that looks after a MySQLOperation without a cluster. */
/** Of a Temporal Schedule. */
export const scheduleId = (ref: ClusterRef, schedule: string): string => `${workflowId(ref)}/schedule/${schedule}`

export const discardId = ({ namespace, name, uid }: ObjectRef): string =>
  `mysql-backup/${namespace}/${name}/${uid}/discard`

export const strayId = ({ namespace, name, uid }: ObjectRef): string => `mysql-operation/${namespace}/${name}/${uid}`

export const workflowId = (ref: ClusterRef): string => `mysql-cluster/${ref.namespace}/${ref.name}/${ref.uid}`
