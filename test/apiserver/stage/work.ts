import { Registry } from 'prom-client'
import { API_VERSION } from '../../../crds/group.ts'
import { BACKUP_KIND } from '../../../crds/mysqlbackup.ts'
import { KIND, PLURAL } from '../../../crds/mysqlcluster.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import { systemClock } from '../../../src/clock.ts'
import { diagnose } from '../../../src/domain/diagnose.ts'
import { objectNames, POD_NAME_LABEL, ROLE_LABEL, selectorLabels } from '../../../src/domain/names.ts'
import { createKubernetes } from '../../../src/kubernetes/api.ts'
import type { Send } from '../../../src/kubernetes/client.ts'
import { withoutNeedOfEvents } from '../../../src/kubernetes/events.ts'
import { leadWhileHolding } from '../../../src/kubernetes/lease.ts'
import { tellingOfNodes } from '../../../src/kubernetes/nodes.ts'
import { startScoped } from '../../../src/kubernetes/scope.ts'
import { type LeaderPorts, startLeading } from '../../../src/leader.ts'
import { createLog } from '../../../src/log.ts'
import type { MySQL } from '../../../src/mysql/port.ts'
import { PLAIN } from '../../support/clusters.ts'
import { CLUSTER, grouped, lonely, podName, primary, row, serving, viewId } from '../../support/snapshots.ts'
import { makeCluster, type TestCluster } from './cluster.ts'
import { type Stage, until } from './jest.ts'
import { makeClass, makeVolume } from './volumes.ts'

const names = objectNames(CLUSTER)
const ROWS = [primary(0), row(1)]

/** A member from which somebody took the labels. */
const lostPod = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name: podName(1) },
  spec: {
    containers: [{ name: 'mysqld', image: 'mysql:9.7' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: names.claim(1) } }],
  },
})

/** A member whose node is no more. */
const lonePod = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name: podName(2), labels: selectorLabels(CLUSTER) },
  spec: { nodeName: 'that-is-no-more', containers: [{ name: 'mysqld', image: 'mysql:9.7' }] },
})

/** What a person asks for, and does not want to see once it has ended. */
const askedByHand = (namespace: string) => ({
  apiVersion: API_VERSION,
  kind: OPERATION_KIND,
  metadata: { namespace, name: 'by-hand' },
  spec: { clusterName: CLUSTER, switchover: {}, ttlSecondsAfterFinished: 0 },
})

const DISK = { volume: { claimName: 'backups' } }

const BACKUP = {
  stores: [{ name: 'disk', ...DISK }],
  schedules: [{ name: 'nightly', cron: '0 3 * * *', retention: { age: '1h' } }],
}

/** The pod of the process whose activities these are. */
export const ownPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'mysql-operator-system', name: 'test' },
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'worker',
        image: 'temporal-mysql-operator',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
}

/** A backup that was asked for is begun and ended, and another cluster is made from one. */
const backupDay = async (stage: Stage, cluster: TestCluster): Promise<void> => {
  const { activities, ref } = cluster
  const { namespace } = ref
  await stage.kubernetes.create(ownPod)
  await cluster.change({ backup: { ...BACKUP, pointInTime: {} } })
  await activities.applyObjects(ref)
  await cluster.change({ backup: { ...BACKUP, pointInTime: null } } as never)
  await activities.applyObjects(ref)
  await activities.ask(ref, { kind: 'backup', name: 'nightly', input: {} }, 'OrFail')
  const made = await stage.kubernetes.get(BACKUP_KIND, { namespace, name: 'nightly' })
  const backup = { name: 'nightly', uid: made?.metadata.uid ?? '' }
  const begun = await activities.beginBackup(ref, { backup, number: 1 })
  if (begun.kind !== 'Begun') throw new Error(`the backup is not begun: ${JSON.stringify(begun)}`)
  await activities.askScheduled(ref, 'nightly', 'shop-nightly-1')
  const failed = { phase: 'Failed', finishedAt: '2020-01-01T00:00:00Z' }
  const old = {
    apiVersion: API_VERSION,
    kind: BACKUP_KIND,
    metadata: { namespace, name: 'shop-nightly-1' },
    status: failed,
  }
  await stage.kubernetes.apply(old as never, { manager: 'test', subresource: 'status' })
  await activities.retire(ref, 'nightly')
  await activities.endBackup(ref, backup, { kind: 'Failed', message: 'its store is full', again: false })

  const path = `/apis/${API_VERSION}/namespaces/${namespace}/${PLURAL}`
  const spec = { ...PLAIN, restoreFrom: { store: DISK, path: 'default/shop/nightly' } }
  const metadata = { name: 'again', namespace }
  const { body } = await stage.ask('POST', path, { apiVersion: API_VERSION, kind: KIND, metadata, spec })
  const again = { ...metadata, uid: String(body.metadata?.['uid']) }
  const restore = await activities.beginRestore(again)
  if (restore.kind !== 'Begun') throw new Error(`the restore is not begun: ${JSON.stringify(restore)}`)
  await activities.endRestore(again, { kind: 'Done', version: '9.7.0', bytes: 1 })
}

/** The volume of a member is made larger. */
const growingDay = async (stage: Stage, cluster: TestCluster): Promise<void> => {
  const { activities, ref } = cluster
  await makeClass(stage, 'roomy', true)
  await makeVolume(stage, cluster, 2, 'roomy')
  await cluster.change({ storage: { size: '20Gi' } })
  await activities.enlarge(ref)
}

/**
 * Everything a worker does in the life of a cluster: it is made, made anew, loses the labels of a pod, forms, is published, loses a node, has a volume grow, has a change tried, is asked
 * for something, which it forgets, archived and backed up, and deleted with its data. Resolves with the lines of its log that tell of trouble, and throws what stops it.
 */
export const workersDay = async (stage: Stage, send: Send, namespace: string): Promise<readonly string[]> => {
  const trouble: string[] = []
  const log = createLog('warn', 'worker', { write: (line) => trouble.push(line) })
  const kubernetes = tellingOfNodes(withoutNeedOfEvents(createKubernetes(send), log), log)
  const options = { kubernetes, namespace }
  const cluster = await makeCluster(
    stage,
    {
      ...PLAIN,
      storage: { onDelete: 'Delete' },
      backup: BACKUP,
    },
    options,
  )
  const { activities, ref } = cluster
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace, name: names.claim(1), labels: {} as Record<string, string> },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }
  await activities.applyObjects(ref)
  await cluster.change({ image: 'mysql:9.7' })
  await activities.applyObjects(ref)
  await stage.kubernetes.create(lostPod(namespace))
  await activities.applyObjects(ref)
  await stage.kubernetes.delete('Pod', { namespace, name: podName(1) })
  claim.metadata.labels = (await stage.kubernetes.get('StatefulSet', ref))?.metadata.labels ?? {}
  await stage.kubernetes.create(claim)
  cluster.members = [lonely(0)]
  await cluster.makePods(1)
  cluster.onBootstrap = () => {
    cluster.members = [grouped(0, [primary(0)], { copy: { state: 'None' } })]
  }
  await stage.kubernetes.patch('StatefulSet', ref, { spec: { replicas: 1 } })
  await activities.bootstrap(ref, podName(0))
  const { state: _, ...judged } = diagnose(serving(), CLUSTER)
  await activities.publish(ref, { ...judged, generation: 1, paused: false, workflow: { id: 'w', runId: 'r' } })
  await backupDay(stage, cluster)
  await cluster.makePods(2)
  cluster.members = [grouped(0, ROWS), grouped(1, ROWS)]
  cluster.members = [grouped(0, ROWS), grouped(1, ROWS, { archived: 'archive-0a', copy: { state: 'None' } })]
  const rebuild = { kind: 'rebuild', subject: podName(1), why: 'it holds more' } as const
  await activities.beginProcedure(ref, rebuild)
  await activities.archiveLogs(ref, { pod: podName(1) })
  await activities.endProcedure(ref, rebuild, { kind: 'Succeeded', message: 'it is a copy' })
  cluster.members = [grouped(0, ROWS), grouped(1, ROWS)]
  await stage.kubernetes.create(lonePod(namespace))
  await activities.removePod(ref, podName(2))
  await growingDay(stage, cluster)
  await activities.tryDeclared(ref)
  await activities.ask(ref, { kind: 'switchover', name: 'now', input: { target: podName(0) } }, 'OrFail')
  await stage.kubernetes.create(askedByHand(namespace))
  const operation = await stage.kubernetes.get(OPERATION_KIND, { namespace, name: 'by-hand' })
  if (!operation) throw new Error('what was asked for is not on record')
  await activities.tellOperation(ref, operation.metadata, 'Failed', 'it is the primary')
  await activities.forgetOperations(ref, [operation.metadata])
  await cluster.delete()
  for (const ordinal of [0, 1, 2])
    await stage.kubernetes.delete('Pod', { namespace, name: podName(ordinal) }, undefined, { atOnce: true })
  await activities.finalise(ref)
  return trouble
}

/** Members that say what a group of two says. */
const speaking: MySQL = {
  inspect: async () => grouped(0, ROWS),
  bootstrap: async () => undefined,
  join: async () => undefined,
  handOver: async () => undefined,
  force: async () => undefined,
  leave: async () => undefined,
  shutDown: async () => undefined,
  copy: async () => undefined,
  open: async () => ({
    look: async () => ({ viewId: viewId(2), readOnly: false, rows: ROWS }),
    compare: async () => ({ foreign: '', lacksSpace: false }),
    endClientSessions: async () => 0,
    closed: new Promise(() => undefined),
    close: () => undefined,
  }),
}

/**
 * Everything an operator does: it leads, watches, and routes the writes of a cluster, until the Lease was renewed and let go.
 * Resolves with the lines of its log that tell of trouble; ends at the first of them.
 */
export const operatorsDay = async (
  stage: Stage,
  send: Send,
  namespace: string,
  scope: readonly string[],
): Promise<readonly string[]> => {
  const cluster = await makeCluster(stage, { ...PLAIN, size: 2 }, { namespace })
  await cluster.activities.applyObjects(cluster.ref)
  await cluster.makePods(2)
  const status = { group: { seed: podName(0), incarnation: viewId(2).split(':')[0], bootstraps: 1 } }
  const record = { apiVersion: API_VERSION, kind: KIND, metadata: cluster.ref, status }
  await stage.kubernetes.apply(record, { manager: 'us', subresource: 'status' })

  const trouble: string[] = []
  const watched = new Set<string>()
  let collections = 0
  const follow: Send = async (request) => {
    const response = await send(request)
    if (request.query?.['watch'] && response.ok) watched.add(request.path)
    return response
  }
  const log = createLog('warn', 'operator', { write: (line) => trouble.push(line) })
  const kubernetes = createKubernetes(send)
  const stop = new AbortController()
  const temporal = {
    tell: () => undefined,
    tellStray: () => undefined,
    tellDiscard: () => undefined,
    askArchive: async () => undefined,
    running: async () => new Set<string>(),
    metrics: new Registry(),
  }
  const ports = { kubernetes, mysql: speaking, clock: systemClock, domain: 'cluster.local', ...temporal }
  const lead = async (leading: AbortSignal): Promise<void> => {
    const inform: LeaderPorts['inform'] = (options) => {
      collections += Math.max(1, scope.length)
      return startScoped(follow, scope, options, log, leading)
    }
    startLeading({ ...ports, inform }, log, leading)
    await new Promise((resolve) => leading.addEventListener('abort', resolve, { once: true }))
  }
  const lease = { namespace: 'mysql-operator-system', name: 'mysql-operator' }
  await stage.kubernetes.delete('Lease', lease)
  const holder = async () => (await stage.kubernetes.get('Lease', lease))?.spec
  const ended = leadWhileHolding(kubernetes, lease, namespace, lead, log, stop.signal).catch((err: unknown) =>
    log.error({ err }, 'failed'),
  )
  const routed = async (): Promise<boolean> => {
    const service = await stage.kubernetes.get('Service', { namespace, name: names.primary })
    const replica = await stage.kubernetes.get('Pod', { namespace, name: podName(1) })
    const spec = await holder()
    const renewed = spec?.holderIdentity === namespace && spec.renewTime !== spec.acquireTime
    return (
      service?.spec?.selector?.[POD_NAME_LABEL] === podName(0) &&
      replica?.metadata.labels?.[ROLE_LABEL] === 'replica' &&
      renewed
    )
  }
  try {
    await until(
      'all to be watched, writes to be routed, roles to be shown and the Lease to be renewed',
      async () => trouble.length > 0 || (watched.size === collections && (await routed())),
    )
  } finally {
    stop.abort()
    await ended
  }
  return trouble
}
