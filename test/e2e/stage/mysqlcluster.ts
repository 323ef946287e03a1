import { parseCluster } from '../../../activities/cluster.ts'
import { API_VERSION } from '../../../crds/group.ts'
import { KIND, type MySQLCluster } from '../../../crds/mysqlcluster.ts'
import { kubernetes } from './cluster.ts'

export interface Key {
  readonly namespace: string
  readonly name: string
}

const POLL_MS = 200

/** Resolves with the first answer of `look` that is not undefined; fails with what was seen last when none comes in time. */
export const eventually = async <T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
  seen: () => unknown = () => undefined,
): Promise<T> => {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > until)
      throw new Error(`not seen in ${seconds} s: ${what}\nlast seen: ${JSON.stringify(seen(), null, 2)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Creates a MySQLCluster as `kubectl apply` would, with the image that the local cluster has. */
export const declare = ({ namespace, name }: Key, spec: object): Promise<unknown> =>
  kubernetes.apply(
    {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { namespace, name },
      spec: { image: 'mysql:9.7', ...spec },
    } as never,
    { manager: 'kubectl' },
  )

export const read = async (key: Key): Promise<MySQLCluster | undefined> => {
  const object = await kubernetes.get(KIND, key)
  return object && parseCluster(object)
}

export const condition = (cluster: MySQLCluster, type: string): string | undefined =>
  cluster.status?.conditions?.find((candidate) => candidate.type === type)?.status

/** Waits until a cluster is as `is` says, and resolves with it. */
export const until = async (
  key: Key,
  what: string,
  is: (cluster: MySQLCluster) => boolean,
  seconds = 240,
): Promise<MySQLCluster> => {
  let last: MySQLCluster | undefined
  return eventually(
    `${key.name}: ${what}`,
    seconds,
    async () => {
      last = await read(key)
      return last && is(last) ? last : undefined
    },
    () => last?.status,
  )
}

export const healthy = (key: Key, seconds?: number): Promise<MySQLCluster> =>
  until(
    key,
    'Healthy',
    (cluster) =>
      cluster.status?.phase === 'Healthy' &&
      condition(cluster, 'Ready') === 'True' &&
      condition(cluster, 'Healthy') === 'True' &&
      cluster.status.observedGeneration === cluster.metadata.generation,
    seconds,
  )

export const gone = (key: Key): Promise<true> =>
  eventually(`${key.name} gone`, 120, async () => ((await kubernetes.get(KIND, key)) ? undefined : true))
