import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { Tree } from './json.ts'
import { stamp } from './store.ts'

type Pod = Kinds['Pod']

/** How far the container of a pod is, as kubelet knows it. */
export type ContainerState =
  | { readonly kind: 'Waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'Running'; readonly since: number }
  | { readonly kind: 'Terminated'; readonly exitCode: number; readonly said?: string; readonly at: number }

export interface Sight {
  readonly container: ContainerState
  readonly restarts: number
  readonly started: boolean
  readonly ready: boolean
  readonly lastExitCode: number | undefined
  readonly lastSaid: string | undefined
  readonly ip: string | undefined
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
}

const ended = (exitCode: number, message?: string) => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  ...(message ? { message } : {}),
})

/** As kubelet shows the state of a container. */
export const stateOf = (container: ContainerState): Tree => {
  switch (container.kind) {
    case 'Waiting': {
      const { reason, message } = container
      return { waiting: { reason, ...(message ? { message } : {}) } }
    }
    case 'Running':
      return { running: { startedAt: stamp(container.since) } }
    case 'Terminated':
      return { terminated: { ...ended(container.exitCode, container.said), finishedAt: stamp(container.at) } }
  }
}

type Condition = { type: string; status: string; lastTransitionTime?: string }

/** The conditions with this one in it; its time changes only when its status does. */
export const withCondition = (
  conditions: readonly Condition[],
  type: string,
  is: boolean,
  now: number,
): Condition[] => {
  const status = is ? 'True' : 'False'
  const known = conditions.find((condition) => condition.type === type)
  if (known?.status === status) return [...conditions]
  return [...conditions.filter((one) => one.type !== type), { type, status, lastTransitionTime: stamp(now) }]
}

/** The status that kubelet writes of a pod. */
export const podStatus = (pod: Pod, before: Tree, sight: Sight, now: number): Tree => {
  const { container, restarts, started, ready, lastExitCode, lastSaid, ip, phase } = sight
  let conditions = (before['conditions'] ?? []) as readonly Condition[]
  for (const type of ['Initialized', 'PodReadyToStartContainers'])
    conditions = withCondition(conditions, type, ip !== undefined, now)
  for (const type of ['ContainersReady', 'Ready']) conditions = withCondition(conditions, type, ready, now)
  const { name, image } = pod.spec?.containers[0] ?? { name: 'mysqld', image: '' }
  const last = lastExitCode === undefined ? {} : { terminated: ended(lastExitCode, lastSaid) }
  return {
    ...before,
    phase,
    conditions,
    ...(ip ? { podIP: ip, podIPs: [{ ip }], startTime: before['startTime'] ?? stamp(now) } : {}),
    containerStatuses: [
      { name, image, ready, started, restartCount: restarts, state: stateOf(container), lastState: last },
    ],
  }
}
