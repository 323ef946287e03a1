import { ordinalOf } from '../domain/names.ts'
import type { ClaimView, PodView } from '../domain/snapshot.ts'
import type { Kinds } from './kinds.ts'

type Pod = Kinds['Pod']
type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

/** Reasons that a healthy start passes through. */
const ORDINARY = ['ContainerCreating', 'PodInitializing']

const containerTrouble = ({ name, state, lastState, restartCount }: ContainerStatus): string | undefined => {
  const { waiting, terminated } = state ?? {}
  if (waiting?.reason && !ORDINARY.includes(waiting.reason)) {
    const last = lastState?.terminated
    const ended = last ? ` (${name} ended with code ${last.exitCode}${last.reason ? `, ${last.reason}` : ''})` : ''
    return `${waiting.reason}${waiting.message ? `: ${waiting.message}` : ''}${ended}`
  }
  if (terminated && terminated.exitCode !== 0)
    return `${name} ended with code ${terminated.exitCode} after ${restartCount} restarts`
  return undefined
}

const trouble = ({ status }: Pod): string | undefined => {
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')
  if (unscheduled) return `${unscheduled.reason}: ${unscheduled.message}`
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return containers.map(containerTrouble).find((text) => text !== undefined)
}

/** The parts of a pod that decisions rest on. */
export const podView = (pod: Pod): PodView => {
  const { metadata, status } = pod
  const reason = trouble(pod)
  return {
    name: metadata.name,
    uid: metadata.uid,
    ordinal: ordinalOf(metadata.name),
    ...(status?.podIP ? { ip: status.podIP } : {}),
    ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    deleting: metadata.deletionTimestamp !== undefined,
    ...(reason ? { trouble: reason } : {}),
  }
}

export const claimView = ({ metadata, status }: Kinds['PersistentVolumeClaim']): ClaimView => ({
  name: metadata.name,
  ordinal: ordinalOf(metadata.name),
  createdAt: Date.parse(metadata.creationTimestamp),
  phase: status?.phase ?? 'Pending',
})
