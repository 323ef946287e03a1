import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { Tree } from './json.ts'
import { type ContainerState, stateOf, withCondition } from './pod-status.ts'
import { stamp } from './store.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

export interface JobSight {
  readonly states: ReadonlyMap<string, ContainerState>
  readonly phase: Phase
  readonly ip: string | undefined
}

type Container = NonNullable<Kinds['Pod']['spec']>['containers'][number]

/** The status that kubelet writes of a pod whose containers run one after the other. */
export const jobPodStatus = (
  { spec }: Kinds['Pod'],
  before: Tree,
  { states, phase, ip }: JobSight,
  now: number,
): Tree => {
  const shown = (containers: readonly Container[] | undefined) =>
    (containers ?? []).map(({ name, image }) => {
      const state = states.get(name) ?? { kind: 'Waiting' as const, reason: 'PodInitializing' }
      const runs = state.kind === 'Running'
      return { name, image, ready: runs, started: runs, restartCount: 0, state: stateOf(state), lastState: {} }
    })
  const conditions = (before['conditions'] ?? []) as Parameters<typeof withCondition>[0]
  return {
    ...before,
    phase,
    conditions: withCondition(conditions, 'Ready', false, now),
    ...(ip ? { podIP: ip, podIPs: [{ ip }], startTime: before['startTime'] ?? stamp(now) } : {}),
    initContainerStatuses: shown(spec?.initContainers),
    containerStatuses: shown(spec?.containers),
  }
}
