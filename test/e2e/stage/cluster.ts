import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { localCluster } from '../../../deploy/local/cluster.ts'
import { createKubernetes } from '../../../src/kubernetes/api.ts'
import { createTransport, loadKubeConfig } from '../../../src/kubernetes/client.ts'

const run = promisify(execFile)
const local = localCluster()
process.env['KUBECONFIG'] = local.kubeconfig

export const OPERATOR_NAMESPACE = 'mysql-operator-system'
export const kubernetes = createKubernetes(createTransport(loadKubeConfig()))

const tool = async (name: string, args: readonly string[]): Promise<string> => {
  const { stdout } = await run(`${local.binDirectory}/${name}`, [...args], {
    env: { ...process.env, KUBECONFIG: local.kubeconfig, TEMPORAL_ADDRESS: local.temporalAddress },
    maxBuffer: 64 * 2 ** 20,
  })
  return stdout
}

/** Runs kubectl as a person would, and resolves with what it prints. */
export const kubectl = (...args: string[]): Promise<string> => tool('kubectl', args)

/** Runs the temporal CLI as a person would, and resolves with what it prints. */
export const temporal = (...args: string[]): Promise<string> => tool('temporal', args)
