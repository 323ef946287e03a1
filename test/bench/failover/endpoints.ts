import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { localCluster } from '../../../deploy/local/cluster.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'
import { now } from './writers.ts'

export interface EndpointChange {
  readonly pods: string
  readonly at: number
}

/** Follows the endpoints of a Service. */
export const followEndpoints = ({ namespace, name }: Key) => {
  const local = localCluster()
  const shape = '{.endpoints[*].targetRef.name}{"\\n"}'
  const args = ['-n', namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${name}`, '-w']
  const child = spawn(`${local.binDirectory}/kubectl`, [...args, '-o', `jsonpath=${shape}`], {
    env: { ...process.env, KUBECONFIG: local.kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const changes: EndpointChange[] = []
  createInterface({ input: child.stdout }).on('line', (pods) => void changes.push({ pods: pods.trim(), at: now() }))
  return { changes: changes as readonly EndpointChange[], stop: () => void child.kill() }
}
