import { kubectl } from '../../e2e/stage/cluster.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'

/** Deletes pods as a drain does: they are asked to end, preStop hook and all. */
export const deletePods = ({ namespace }: Key, ...pods: readonly string[]): Promise<unknown> =>
  kubectl('-n', namespace, 'delete', 'pod', ...pods, '--wait=false')

/** Removes the objects of pods without waiting for what runs in them. */
export const forceDeletePods = ({ namespace }: Key, ...pods: readonly string[]): Promise<unknown> =>
  kubectl('-n', namespace, 'delete', 'pod', ...pods, '--grace-period=0', '--force', '--wait=false')
