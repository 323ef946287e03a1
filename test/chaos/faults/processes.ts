import { processesOf } from '../../bench/processes.ts'
import { kubernetes } from '../../e2e/stage/cluster.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'

const uidOf = async ({ namespace }: Key, pod: string): Promise<string> => {
  const uid = (await kubernetes.get('Pod', { namespace, name: pod }))?.metadata.uid
  if (!uid) throw new Error(`there is no pod ${pod}`)
  return uid
}

/** The process that holds the network of a pod for as long as that lives, whatever becomes of mysqld. */
export const holderOf = async (key: Key, pod: string): Promise<number> => {
  const [pid] = processesOf(await uidOf(key, pod), 'pause')
  if (!pid) throw new Error(`nothing holds the network of ${pod}`)
  return pid
}

type Signal = 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'

/** Finds mysqld of each of these pods; what it resolves with sends them signals, all at the same moment, without asking the API server again. */
export const aimAt = async (key: Key, ...pods: readonly string[]): Promise<(signal: Signal) => void> => {
  const found = await Promise.all(
    pods.map(async (pod) => {
      const pids = processesOf(await uidOf(key, pod), 'mysqld')
      if (pids.length === 0) throw new Error(`no mysqld of ${pod} runs`)
      return pids
    }),
  )
  return (signal) => {
    for (const pid of found.flat()) process.kill(pid, signal)
  }
}

/** Ends mysqld of each of these pods at the same moment, without warning; kubelet starts it again. */
export const kill = async (key: Key, ...pods: readonly string[]): Promise<void> =>
  (await aimAt(key, ...pods))('SIGKILL')

/** A member that does nothing while `meanwhile` goes on, and that then knows nothing of the time in between. */
export const frozen = async <T>(key: Key, pod: string, meanwhile: () => Promise<T>): Promise<T> => {
  const signal = await aimAt(key, pod)
  signal('SIGSTOP')
  try {
    return await meanwhile()
  } finally {
    signal('SIGCONT')
  }
}
