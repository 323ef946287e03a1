import { removeCgroups } from '../../../deploy/local/cgroups.ts'
import { crashParts, startCluster } from '../../../deploy/local/cluster.ts'
import { partNames } from '../../../deploy/local/parts.ts'
import { killShims } from '../../../deploy/local/shims.ts'
import { kubectl } from '../../e2e/stage/cluster.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'
import { forceDeletePods } from './pods.ts'
import { aimAt } from './processes.ts'

const NODE = 'node1'

/** Kills every process of the cluster, those in pods and those of Kubernetes and Temporal, and starts the node again. */
export const restartNode = async (): Promise<void> => {
  await crashParts(partNames)
  killShims()
  await removeCgroups()
  await startCluster()
}

/** Members that are dead and do not come back while `meanwhile` goes on: their volumes stay, but no node takes their pods. */
export const away = async <T>(key: Key, pods: readonly string[], meanwhile: () => Promise<T>): Promise<T> => {
  await kubectl('cordon', NODE)
  try {
    const signal = await aimAt(key, ...pods)
    await forceDeletePods(key, ...pods)
    signal('SIGKILL')
    return await meanwhile()
  } finally {
    await kubectl('uncordon', NODE)
  }
}
