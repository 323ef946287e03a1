import { readKept } from '../domain/kept.ts'
import { lastWords, oneLine } from '../domain/last-words.ts'
import { ERRANT_ANNOTATION, KEPT_ANNOTATION, MADE_ANNOTATION, ordinalOf } from '../domain/names.ts'
import { REQUEST_VOLUME } from '../domain/objects/pod.ts'
import type { ReadPod } from '../domain/reads.ts'
import type { ClaimView, PodTrouble, PodView } from '../domain/snapshot.ts'
import type { Kinds } from './kinds.ts'

type Pod = Kinds['Pod']
type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

/** As the scheduler says it. */
const WAITS_FOR_VOLUME = /unbound (?:immediate )?persistent ?volume/i

/** The exit code of a process that was ended by SIGKILL. */
const SIGKILLED = 137

/** What mysqld says of data that a newer one has written. */
const OLDER = /data directory built by version|Invalid MySQL server downgrade/i

/** Reasons that a healthy start passes through. */
const ORDINARY = ['ContainerCreating', 'PodInitializing']

/** A container that ended counts as ended until it has started again: in between it only runs to its next end. */
const containerTrouble = ({ state, lastState, started, restartCount }: ContainerStatus): PodTrouble | undefined => {
  const { waiting, terminated = started ? undefined : lastState?.terminated } = state ?? {}
  if (waiting?.reason && waiting.reason !== 'CrashLoopBackOff' && !ORDINARY.includes(waiting.reason))
    return { kind: 'Waiting', reason: waiting.reason, message: oneLine(waiting.message ?? '') }
  if (!terminated || terminated.exitCode === 0) return undefined
  const { exitCode: code, reason = 'Error', message = '' } = terminated
  // One that was killed had no say in it: what stands last in its log is about something else.
  const said = code === SIGKILLED ? '' : lastWords(message)
  const isOlder = OLDER.test(said)
  return { kind: 'Ended', code, reason, said, restarts: restartCount ?? 0, ...(isOlder ? { isOlder } : {}) }
}

const trouble = ({ metadata, status }: Pod): PodTrouble | undefined => {
  // Whoever is told to end may end in any way.
  if (metadata.deletionTimestamp !== undefined) return undefined
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  if (unscheduled) {
    const since = Date.parse(unscheduled.lastTransitionTime ?? '') || 0
    const message = oneLine(unscheduled.message ?? unscheduled.reason ?? '')
    return { kind: 'Unscheduled', since, message, ...(WAITS_FOR_VOLUME.test(message) ? { forVolume: true } : {}) }
  }
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return containers.map(containerTrouble).find((found) => found !== undefined)
}

const isReady = (status: Pod['status']): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** The parts of a pod that decisions rest on. */
export const podView = (pod: Pod): PodView => {
  const { metadata, spec, status } = pod
  const found = trouble(pod)
  const errant = metadata.annotations?.[ERRANT_ANNOTATION]
  const made = metadata.annotations?.[MADE_ANNOTATION]
  const image = spec?.containers.find(({ name }) => name === 'mysqld')?.image
  return {
    name: metadata.name,
    uid: metadata.uid,
    ordinal: ordinalOf(metadata.name),
    ...(status?.podIP ? { ip: status.podIP } : {}),
    ready: isReady(status),
    deleting: metadata.deletionTimestamp !== undefined,
    ...(metadata.deletionTimestamp ? { endsBy: Date.parse(metadata.deletionTimestamp) } : {}),
    ...(spec?.nodeName ? { nodeName: spec.nodeName } : {}),
    ...(spec?.volumes?.some((volume) => volume.name === REQUEST_VOLUME) ? { hears: true } : {}),
    ...(made ? { made } : {}),
    ...(image ? { image } : {}),
    ...(errant ? { errant } : {}),
    ...(found ? { trouble: found } : {}),
    ...(status?.phase === 'Succeeded' ? { succeeded: true } : {}),
  }
}

/** The version of MySQL that a pod which has done its work says it has; undefined when it does not say so. */
export const versionIn = ({ status }: Pod): string | undefined => {
  const said = status?.containerStatuses?.find(({ name }) => name === 'mysqld')?.state?.terminated?.message
  return /\bVer (\d+\.\d+\.\d+)/.exec(said ?? '')?.[1]
}

/** Between its controller and kubelet: the volume has grown, and the file system grows when it is mounted next. */
const RESIZES = 'FileSystemResizePending'

const sizesOf = (asks: string | undefined, status: Kinds['PersistentVolumeClaim']['status']) => {
  const has = status?.capacity?.['storage']
  const resizes = status?.conditions?.some(({ type, status: is }) => type === RESIZES && is === 'True')
  const stage = status?.allocatedResourceStatuses?.['storage']
  return {
    ...(asks ? { asks } : {}),
    ...(has ? { has } : {}),
    ...(resizes ? { resizes: true as const } : {}),
    ...(stage?.endsWith('Infeasible') ? { fails: stage } : {}),
  }
}

/** A pod, as the read Services see it. */
export const readPod = ({ metadata, status }: Pod): ReadPod => ({
  name: metadata.name,
  ready: metadata.deletionTimestamp === undefined && isReady(status),
  labels: metadata.labels ?? {},
})

export const claimView = ({ metadata, spec, status }: Kinds['PersistentVolumeClaim']): ClaimView => {
  const kept = readKept(metadata.annotations?.[KEPT_ANNOTATION])
  return {
    name: metadata.name,
    ordinal: ordinalOf(metadata.name),
    createdAt: Date.parse(metadata.creationTimestamp),
    phase: status?.phase ?? 'Pending',
    ...(spec?.storageClassName ? { storageClass: spec.storageClassName } : {}),
    ...sizesOf(spec?.resources?.requests?.['storage'], status),
    ...(kept.length > 0 ? { kept } : {}),
  }
}
