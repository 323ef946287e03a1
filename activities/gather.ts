import type { MySQLCluster } from '../crds/mysqlcluster.ts'
import { hasFormed } from '../src/domain/bootstrap.ts'
import { groupNames } from '../src/domain/errant.ts'
import { ERRORS, OperatorError } from '../src/domain/errors.ts'
import { isOnline, seesMajority } from '../src/domain/group.ts'
import { type ClusterRef, objectNames, ordinalOf } from '../src/domain/names.ts'
import {
  changedParts,
  declaredOf,
  declaredParts,
  declaredSize,
  isMadeFrom,
  madeFrom,
} from '../src/domain/objects/statefulset.ts'
import { ageOf } from '../src/domain/retention.ts'
import { selectedPod } from '../src/domain/routing.ts'
import { refusalMessage, refusedSettings } from '../src/domain/settings.ts'
import type { MemberView, ObjectsView, PodView, Snapshot } from '../src/domain/snapshot.ts'
import type { Kinds } from '../src/kubernetes/kinds.ts'
import { readMoves } from '../src/kubernetes/moves.ts'
import { claimView } from '../src/kubernetes/views.ts'
import type { Access } from '../src/mysql/port.ts'
import { findBackups } from './backups.ts'
import { findClaims } from './claims.ts'
import { addressOf, readCluster, readSecrets } from './cluster.ts'
import { withNodes } from './node-trouble.ts'
import { findOperations } from './operations.ts'
import { countOrphans, findPods } from './pods.ts'
import type { Ports } from './ports.ts'
import { viewTrial } from './trial.ts'
import { viewVolumes } from './volumes.ts'
import { refusesWrites } from './write-route.ts'

const ownedBy = (object: Kinds['StatefulSet'] | undefined, ref: ClusterRef): boolean =>
  object?.metadata.ownerReferences?.some((owner) => owner.uid === ref.uid) ?? false

/** The fields that are declared otherwise than the StatefulSet was made from. Once a group has formed, procedures carry out `able`. */
const changesOf = ({ spec, status }: MySQLCluster, declared: Readonly<Record<string, string>>) => {
  const fields = changedParts(spec, declared)
  const formed = status?.group !== undefined && hasFormed({ group: status.group })
  const isAble = (field: string): boolean =>
    formed && (field === 'spec.size' || field === 'spec.storage.size' || isMadeFrom(field))
  return { able: fields.filter(isAble), unable: fields.filter((field) => !isAble(field)) }
}

/** A cluster without a StatefulSet: it may have to wait for the data that it is to be made from. */
const viewAbsent = ({ spec, status }: MySQLCluster): ObjectsView => {
  const { finishedAt, refused } = status?.restore ?? {}
  if (!spec.restoreFrom || finishedAt) return { kind: 'Absent' }
  return refused
    ? { kind: 'Refused', replicas: 0, reason: refused.code, message: refused.message }
    : { kind: 'Unrestored' }
}

const viewObjects = (
  cluster: MySQLCluster,
  statefulSet: Kinds['StatefulSet'] | undefined,
  incomplete: OperatorError | undefined,
): ObjectsView => {
  const replicas = statefulSet?.spec?.replicas ?? 0
  // A finding, not a failure: above all, it must not hold up a deletion.
  if (incomplete)
    return {
      kind: 'Refused',
      replicas,
      reason: incomplete.code,
      message: `${incomplete.detail}. ${ERRORS[incomplete.code].remedy}`,
    }
  const refused = refusedSettings(cluster.spec.config ?? {})
  if (refused.length > 0)
    return { kind: 'Refused', replicas, reason: 'ForcedSetting', message: refusalMessage(refused) }
  if (!statefulSet) return viewAbsent(cluster)
  const fields = changesOf(cluster, declaredOf(statefulSet)).unable
  return fields.length > 0 ? { kind: 'ChangeUnsupported', replicas, fields } : { kind: 'Present', replicas }
}

/** How long a member is still waited for whose state another one has told. */
const SPARE_MS = 150

/**
 * True when a member that sees a majority has all of these in its view, and they are no more than half of it. While a member
 * joins, it answers no question itself. More of them may have gone on without the one that answers, if that was stopped.
 */
const areVouchedFor = (silent: ReadonlySet<string>, answers: readonly MemberView[]): boolean =>
  answers.some((answer) => {
    const alive = answer.rows.filter(({ state }) => state === 'ONLINE' || state === 'RECOVERING').map(({ pod }) => pod)
    const known = [...silent].every((pod) => alive.includes(pod))
    return known && isOnline(answer) && seesMajority(answer) && silent.size <= answer.rows.length / 2
  })

/** The members that answer. One that does not is left out: silence is evidence too. */
const inspectMembers = async (
  ports: Ports,
  ref: ClusterRef,
  pods: readonly PodView[],
  access: Access | undefined,
): Promise<MemberView[]> => {
  const inspect = async (pod: PodView): Promise<MemberView | undefined> => {
    const address = addressOf(ref, pod, ports.domain)
    if (!address || !access) return undefined
    try {
      return await ports.mysql.inspect(address, access)
    } catch (error) {
      if (error instanceof OperatorError) return undefined
      throw error
    }
  }
  const answers: MemberView[] = []
  const open = new Set(pods.map(({ name }) => name))
  const { promise: enough, resolve } = Promise.withResolvers<void>()
  const tasks = pods.map(async (pod) => {
    const answer = await inspect(pod)
    open.delete(pod.name)
    if (answer) answers.push(answer)
    if (areVouchedFor(open, answers)) ports.clock.after(SPARE_MS, resolve)
  })
  await Promise.race([Promise.all(tasks), enough])
  return answers.toSorted((a, b) => ordinalOf(a.pod) - ordinalOf(b.pod))
}

const viewClaims = (found: readonly Kinds['PersistentVolumeClaim'][], keep: string) => {
  const claims = found.map(claimView)
  return { claims, ...(claims.some(({ kept }) => kept) ? { keepMs: ageOf(keep) } : {}) }
}

/** Gathers all evidence about a cluster, at one time; undefined when the cluster is gone. */
export const gather = async (ports: Ports, ref: ClusterRef): Promise<Snapshot | undefined> => {
  const { kubernetes } = ports
  const { namespace, name } = ref
  const [cluster, found, service, secrets] = await Promise.all([
    readCluster(kubernetes, ref),
    kubernetes.get('StatefulSet', { namespace, name: objectNames(name).statefulSet }),
    kubernetes.get('Service', { namespace, name: objectNames(name).primary }),
    readSecrets(kubernetes, ref),
  ])
  if (!cluster) return undefined
  const statefulSet = ownedBy(found, ref) ? found : undefined
  // The members that there are meant to be: a change of size is not carried out yet, and scaling by hand is none.
  const declared = declaredOf(statefulSet)
  const formed = cluster.status?.group?.incarnation !== undefined
  // Before the members are asked, as it may wait.
  const writes = selectedPod(service?.spec?.selector)
  const refused = writes !== undefined && formed && (await refusesWrites(ports, cluster.status, service))
  const orphans = formed && !statefulSet ? await countOrphans(kubernetes, ref) : 0
  const size = declaredSize(declared) ?? Math.max(cluster.spec.size, orphans)
  const template = madeFrom(declared)
  const pending = changesOf(cluster, declared).able.filter(isMadeFrom)
  const isChanged = pending.length > 0
  const [pods, claims, operations, backups, trial] = await Promise.all([
    findPods(kubernetes, ref, statefulSet?.metadata.uid, size),
    findClaims(kubernetes, ref, size, formed),
    findOperations(ports, ref),
    findBackups(kubernetes, ref),
    isChanged ? viewTrial(kubernetes, ref, madeFrom(declaredParts(cluster.spec)) ?? '') : undefined,
  ])
  const volumes = await viewVolumes(kubernetes, cluster, statefulSet, claims, size)
  const members = await inspectMembers(ports, ref, pods, secrets.access)
  const moves = readMoves(service)
  return {
    takenAt: ports.clock.now(),
    generation: cluster.metadata.generation,
    createdAt: Date.parse(cluster.metadata.creationTimestamp),
    size,
    ...(cluster.spec.size === size ? {} : { wanted: cluster.spec.size }),
    ...(isChanged ? { pending } : {}),
    ...(trial ? { trial } : {}),
    ...(template ? { template } : {}),
    paused: cluster.spec.paused,
    deleting: cluster.metadata.deletionTimestamp !== undefined,
    ...(cluster.status?.group ? { group: cluster.status.group } : {}),
    names: groupNames(ref.uid, cluster.status?.group),
    ...(cluster.status ? { status: cluster.status } : {}),
    objects: viewObjects(cluster, statefulSet, secrets.incomplete),
    ...(cluster.status?.restore?.finishedAt ? { restored: true as const } : {}),
    pods: formed ? await withNodes(kubernetes, pods, members) : pods,
    ...viewClaims(claims, cluster.spec.storage.keepReplaced),
    ...(volumes ? { volumes } : {}),
    members,
    ...(writes ? { writes } : {}),
    ...(refused ? { refused } : {}),
    ...(moves.length > 0 ? { moves } : {}),
    operations: operations.asked,
    ...(backups.length > 0 ? { backups } : {}),
    ...(operations.expired.length > 0 ? { expired: operations.expired } : {}),
  }
}
