import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { kubernetes } from '../../e2e/stage/cluster.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'
import { holderOf } from './processes.ts'

const run = promisify(execFile)
const TABLE = 'inet chaos'

/** Which packets between a pod and its peers are lost. */
export interface Cut {
  readonly directions: readonly ('from' | 'to')[]
  /** Of a hundred. */
  readonly percent: number
}

export const CUT_OFF: Cut = { directions: ['from', 'to'], percent: 100 }
/** It hears the others, who do not hear it. */
export const UNHEARD: Cut = { directions: ['to'], percent: 100 }
export const LOSSY: Cut = { directions: ['from', 'to'], percent: 30 }

const rulesOf = ({ directions, percent }: Cut, peers: readonly string[]): string => {
  const chance = percent === 100 ? '' : `numgen random mod 100 < ${percent} `
  const chain = (direction: 'from' | 'to'): string => {
    const [hook, address] = direction === 'from' ? ['input', 'saddr'] : ['output', 'daddr']
    return `chain ${hook} {\ntype filter hook ${hook} priority 0\nip ${address} { ${peers.join(', ')} } ${chance}drop\n}`
  }
  return `table ${TABLE} {\n${directions.map(chain).join('\n')}\n}\n`
}

const inNetworkOf = (pid: number, argv: readonly string[], input = ''): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('nsenter', ['-t', `${pid}`, '-n', ...argv], { stdio: ['pipe', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${argv.join(' ')} ended with ${code}`))))
    child.stdin.end(input)
  })

const addressesOf = (key: Key, pods: readonly string[]): Promise<readonly string[]> =>
  Promise.all(
    pods.map(async (name) => {
      const ip = (await kubernetes.get('Pod', { namespace: key.namespace, name }))?.status?.podIP
      if (!ip) throw new Error(`${name} has no address`)
      return ip
    }),
  )

/** A pod whose packets from and to its peers are lost, while `meanwhile` goes on. Everybody else reaches it. */
export const apart = async <T>(
  key: Key,
  pod: string,
  peers: readonly string[],
  cut: Cut,
  meanwhile: () => Promise<T>,
): Promise<T> => {
  const [pid, addresses] = await Promise.all([holderOf(key, pod), addressesOf(key, peers)])
  await inNetworkOf(pid, ['nft', '-f', '-'], rulesOf(cut, addresses))
  try {
    return await meanwhile()
  } finally {
    // With the pod its network is gone, too.
    await run('nsenter', ['-t', `${pid}`, '-n', 'nft', 'delete', 'table', ...TABLE.split(' ')]).catch(() => undefined)
  }
}

/** A pod whose own packets wait in a queue, for a second when it sends much; what would wait longer is lost. */
export const sluggish = async <T>(key: Key, pod: string, meanwhile: () => Promise<T>): Promise<T> => {
  const pid = await holderOf(key, pod)
  const queue = ['rate', '128kbit', 'burst', '4k', 'latency', '1s']
  await inNetworkOf(pid, ['tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...queue])
  try {
    return await meanwhile()
  } finally {
    await run('nsenter', ['-t', `${pid}`, '-n', 'tc', 'qdisc', 'del', 'dev', 'eth0', 'root']).catch(() => undefined)
  }
}
