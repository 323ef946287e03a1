import { type ClusterActivities, createActivities } from '../../../activities/index.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { KIND, PLURAL } from '../../../crds/mysqlcluster.ts'
import { systemClock } from '../../../src/clock.ts'
import { OperatorError } from '../../../src/domain/errors.ts'
import { type ClusterRef, selectorLabels } from '../../../src/domain/names.ts'
import type { MemberView } from '../../../src/domain/snapshot.ts'
import type { Kubernetes } from '../../../src/kubernetes/port.ts'
import type { MySQL } from '../../../src/mysql/port.ts'
import { realCredentials } from '../../../src/pki/credentials.ts'
import { type Declared, PLAIN } from '../../support/clusters.ts'
import { type KeptSchedules, keptSchedules } from '../../support/schedules.ts'
import { CLUSTER, podName } from '../../support/snapshots.ts'
import type { Stage } from './jest.ts'

/** A MySQLCluster in an API server without controllers, and the activities that look after it. */
export interface TestCluster {
  readonly ref: ClusterRef
  readonly activities: ClusterActivities
  /** The members that answer; what MySQL was told to do is in `told`. */
  members: MemberView[]
  readonly told: string[]
  readonly schedules: KeptSchedules
  onBootstrap: (seed: string) => Promise<void> | void
  change(spec: Declared): Promise<void>
  delete(): Promise<void>
  /** Makes the pods that the StatefulSet controller would make. */
  makePods(count: number): Promise<void>
}

const scripted = (cluster: TestCluster): MySQL => ({
  async inspect({ pod }) {
    const member = cluster.members.find((one) => one.pod === pod)
    if (!member) throw new OperatorError('MemberUnreachable', `${pod} is silent`)
    return member
  },
  async bootstrap({ pod }) {
    cluster.told.push(`bootstrap ${pod}`)
    await cluster.onBootstrap(pod)
  },
  async join({ pod }) {
    cluster.told.push(`join ${pod}`)
  },
  async handOver({ pod }) {
    cluster.told.push(`handOver ${pod}`)
  },
  async force({ pod }) {
    cluster.told.push(`force ${pod}`)
  },
  async leave({ pod }) {
    cluster.told.push(`leave ${pod}`)
  },
  async shutDown({ pod }) {
    cluster.told.push(`shutDown ${pod}`)
  },
  async copy({ pod }) {
    cluster.told.push(`copy ${pod}`)
  },
  open: async ({ pod }) => {
    throw new OperatorError('MemberUnreachable', `${pod} takes no sessions here`)
  },
})

/** `kubernetes` is what the activities use: the administrator's, unless they are to have fewer rights. */
export const makeCluster = async (
  stage: Stage,
  spec: Declared = PLAIN,
  { kubernetes = stage.kubernetes, namespace = '' }: { kubernetes?: Kubernetes; namespace?: string } = {},
): Promise<TestCluster> => {
  namespace ||= await stage.namespace()
  const path = `/apis/${API_VERSION}/namespaces/${namespace}/${PLURAL}`
  const metadata = { name: CLUSTER, namespace }
  const made = await stage.ask('POST', path, { apiVersion: API_VERSION, kind: KIND, metadata, spec })
  if (made.status !== 201) throw new Error(`not a valid cluster: ${made.body.message}`)
  const cluster: TestCluster = {
    ref: { ...metadata, uid: String(made.body.metadata?.['uid']) },
    activities: createActivities(() => ({
      kubernetes,
      mysql: scripted(cluster),
      domain: 'cluster.local',
      operatorNamespace: 'mysql-operator-system',
      instance: 'test',
      heartbeat: () => undefined,
      clock: systemClock,
      credentials: realCredentials,
      schedules: cluster.schedules,
    })),
    schedules: keptSchedules(),
    members: [],
    told: [],
    onBootstrap: () => undefined,
    async change(over) {
      await stage.kubernetes.patch(KIND, metadata, { spec: over })
    },
    async delete() {
      await stage.kubernetes.delete(KIND, metadata)
    },
    async makePods(count) {
      const pods = `/api/v1/namespaces/${namespace}/pods`
      for (let ordinal = 0; ordinal < count; ordinal++) {
        const name = podName(ordinal)
        const containers = [{ name: 'mysqld', image: 'mysql:8.0' }]
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name, labels: selectorLabels(CLUSTER) },
          spec: { containers },
        }
        await stage.ask('POST', pods, pod)
        const status = { podIP: `10.0.0.${ordinal + 1}`, podIPs: [{ ip: `10.0.0.${ordinal + 1}` }] }
        await stage.ask('PATCH', `${pods}/${name}/status`, { status }, { contentType: 'application/merge-patch+json' })
      }
    },
  }
  return cluster
}
