import { parseCluster } from '../../../activities/cluster.ts'
import { ordinalOf, workflowId } from '../../../src/domain/names.ts'
import { changedParts, DECLARED_ANNOTATION } from '../../../src/domain/objects/statefulset.ts'
import { parseQuantity } from '../../../src/domain/quantity.ts'
import type { SimMember } from '../mysql/world.ts'
import { unfinishedBackups } from './backups.ts'
import { unfinished } from './operations.ts'
import { ANY, NAMES, NAMESPACE, READS, WRITES } from './user.ts'
import type { SimWorld } from './world.ts'

const KINDS = ['StatefulSet', 'Service', 'ConfigMap', 'PodDisruptionBudget', 'Pod'] as const

const goneReasons = ({ kubernetes, scenario, user }: SimWorld): string[] => {
  const left = KINDS.flatMap((kind) =>
    kubernetes.objects.list(kind, NAMESPACE).map(({ metadata }) => `${kind} ${metadata.name}`),
  )
  const claims = kubernetes.objects.list('PersistentVolumeClaim', NAMESPACE).length
  return [
    ...(user.cluster() ? ['the MySQLCluster is still there'] : []),
    ...(left.length > 0 ? [`left behind: ${left.join(', ')}`] : []),
    ...(scenario.onDelete === 'Delete' && claims > 0 ? [`${claims} claims are left behind`] : []),
  ]
}

const onlineOf = (members: readonly SimMember[]): readonly SimMember[] =>
  members.filter(({ state }) => state === 'ONLINE')

/** Why a cluster that a person left changed may stay as it was: the evidence, not what the status says of it. */
const isLeftChanged = ({ kubernetes, user }: SimWorld): boolean => {
  const found = user.cluster()
  const set = kubernetes.objects.get('StatefulSet', { namespace: NAMESPACE, name: NAMES.statefulSet })
  if (!found || !set) return false
  const declared = JSON.parse(set.metadata.annotations?.[DECLARED_ANNOTATION] ?? '{}')
  return changedParts(parseCluster(found).spec, declared).some((field) => field !== 'spec.size')
}

/** The volumes of members that are smaller than declared, or would be for a member that comes later. */
const smallVolumes = ({ kubernetes }: SimWorld, size: number, declared: string): string[] => {
  const set = kubernetes.objects.get('StatefulSet', { namespace: NAMESPACE, name: NAMES.statefulSet })
  const template = set?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.['storage'] ?? ''
  const small = kubernetes.objects
    .list('PersistentVolumeClaim', NAMESPACE)
    .filter(({ metadata }) => ordinalOf(metadata.name) < size)
    .filter(({ status }) => parseQuantity(status?.capacity?.['storage'] ?? '') < parseQuantity(declared))
  return [
    ...small.map(({ metadata }) => `${metadata.name} is smaller than ${declared}`),
    ...(parseQuantity(template) === parseQuantity(declared) ? [] : [`later volumes get ${template}, not ${declared}`]),
  ]
}

const thereReasons = (world: SimWorld): string[] => {
  const { kubernetes, mysql, temporal, user } = world
  const found = user.cluster()
  const ref = user.ref()
  if (!found || !ref) return ['the MySQLCluster is not there']
  if (found.metadata.deletionTimestamp) return ['the MySQLCluster is being deleted']
  const { spec, status, metadata } = parseCluster(found)
  const set = kubernetes.objects.get('StatefulSet', { namespace: NAMESPACE, name: NAMES.statefulSet })
  const size = set?.spec?.replicas ?? spec.size
  const members = mysql.members()
  const online = onlineOf(members)
  const endpoints = kubernetes.endpointsOf(WRITES)
  const readers = kubernetes.endpointsOf(READS).map(({ pod }) => pod)
  const served = kubernetes.endpointsOf(ANY).map(({ pod }) => pod)
  const replicas = online.filter(({ role }) => size === 1 || role === 'SECONDARY').map(({ pod }) => pod)
  const primaries = members.filter(({ acknowledges }) => acknowledges)
  const leftChanged = isLeftChanged(world)
  const phase = leftChanged ? 'Blocked' : 'Healthy'
  const running = temporal.running().filter(({ options }) => options.workflowId === workflowId(ref))
  return [
    ...(status?.phase === phase ? [] : [`phase is ${status?.phase} (${status?.message}), not ${phase}`]),
    ...(status?.observedGeneration === metadata.generation ? [] : ['the generation is not observed']),
    ...(!leftChanged && size !== spec.size ? [`the StatefulSet has ${size} replicas, not ${spec.size}`] : []),
    ...(online.length === size && members.length === size ? [] : [`${online.length} of ${size} members are ONLINE`]),
    ...(new Set(online.map(({ incarnation }) => incarnation)).size <= 1 ? [] : ['there are two groups']),
    ...(primaries.length === 1 ? [] : [`${primaries.length} members take writes`]),
    ...(endpoints.length === 1 && endpoints[0]?.uid === primaries[0]?.podUid
      ? []
      : ['writes are not routed to the primary']),
    ...(leftChanged || readers.toSorted().join() === replicas.toSorted().join()
      ? []
      : [`reads are routed to ${readers.join(' and ') || 'nowhere'}, not to ${replicas.join(' and ') || 'nowhere'}`]),
    ...(leftChanged || served.length === size ? [] : [`-any leads to ${served.join(' and ') || 'nowhere'}`]),
    ...(leftChanged ? [] : smallVolumes(world, size, spec.storage.size)),
    ...unfinished(world),
    ...unfinishedBackups(world),
    ...(running.length === 1 ? [] : [`${running.length} workflows look after it`]),
  ]
}

/** What is still missing from a good end; empty when all is as it should be. */
export const missing = (world: SimWorld): readonly string[] =>
  world.user.wish.there ? thereReasons(world) : goneReasons(world)
