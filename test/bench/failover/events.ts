import { API_VERSION } from '../../../crds/group.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation.ts'
import { kubectl, kubernetes } from '../../e2e/stage/cluster.ts'
import { eventually, type Key } from '../../e2e/stage/mysqlcluster.ts'
import { processesOf } from '../processes.ts'

const switchover = async ({ namespace, name }: Key): Promise<void> => {
  const operation = `bench-${Date.now()}`
  await kubernetes.apply(
    {
      apiVersion: API_VERSION,
      kind: OPERATION_KIND,
      metadata: { namespace, name: operation },
      spec: { clusterName: name, switchover: {} },
    } as never,
    { manager: 'kubectl' },
  )
  await eventually(`${operation} has ended`, 60, async () => {
    const status = (await kubernetes.get(OPERATION_KIND, { namespace, name: operation }))?.['status']
    const { phase, message } = (status ?? {}) as { phase?: string; message?: string }
    if (phase === 'Failed') throw new Error(`${operation}: ${message}`)
    return phase === 'Succeeded' || undefined
  })
}

const drain = ({ namespace }: Key, primary: string): Promise<unknown> =>
  kubectl('-n', namespace, 'delete', 'pod', primary, '--wait=false')

const kill = async ({ namespace }: Key, primary: string): Promise<void> => {
  const pod = await kubernetes.get('Pod', { namespace, name: primary })
  const pids = processesOf(pod?.metadata.uid ?? '', 'mysqld')
  if (pids.length === 0) throw new Error(`no mysqld of ${primary} runs on this machine`)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
}

/** Ways in which a primary goes. `goal`: seconds; of what the group itself needs, or in all. */
export const EVENTS = {
  switchover: { name: 'planned switchover', begin: switchover, goal: { times: 1.1, most: 1 } },
  drain: { name: 'drain: pod deleted', begin: drain, goal: { most: 1.5 } },
  kill: { name: 'SIGKILL of mysqld', begin: kill, goal: { more: 0.5 } },
} as const
export type EventName = keyof typeof EVENTS
