import { spawn } from 'node:child_process'
import type { MySQLClusterStatus } from '../../../crds/mysqlcluster-status.ts'
import type { Kubectl } from './kubectl.ts'

/** A MySQLCluster as kubectl prints it. */
export interface ClusterObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number }
  readonly spec: { readonly size: number; readonly image: string }
  readonly status?: MySQLClusterStatus
}

/** Whether all is as declared, by a status that is about today's declaration. */
export const isReady = ({ metadata, status }: ClusterObject): boolean => {
  const holds = (type: string): boolean =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
  return status?.observedGeneration === metadata.generation && holds('Ready') && holds('Healthy')
}

/** kubectl prints one indented object after the other; only an object's end is a brace at the beginning of a line. */
const END = '\n}\n'

/** Every state of the cluster from now on, until `signal` aborts. A watch that breaks is begun again. */
export async function* watchCluster(
  kubectl: Kubectl,
  name: string,
  namespace: string,
  signal: AbortSignal,
): AsyncGenerator<ClusterObject> {
  const [program = '', ...options] = kubectl.argv
  const args = ['get', 'mysqlclusters.example.com', name, '--namespace', namespace, '--watch', '--output', 'json']
  while (!signal.aborted) {
    const child = spawn(program, [...options, ...args], { stdio: ['ignore', 'pipe', 'ignore'], signal })
    // Being told to stop is how it ends.
    child.on('error', () => undefined)
    let text = ''
    try {
      for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        text += chunk
        for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END)) {
          yield JSON.parse(text.slice(0, end + 2)) as ClusterObject
          text = text.slice(end + END.length)
        }
      }
    } finally {
      child.kill()
    }
  }
}
