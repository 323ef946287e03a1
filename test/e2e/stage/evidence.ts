import { readdirSync, readFileSync } from 'node:fs'
import { Client, Connection } from '@temporalio/client'
import { localCluster } from '../../../deploy/local/cluster.ts'
import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import { kubectl, OPERATOR_NAMESPACE } from './cluster.ts'
import type { Key } from './mysqlcluster.ts'

/** Something that people or programs can read, as text. */
export interface Evidence {
  readonly place: string
  readonly text: string
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString()
const PUBLIC = ['username', 'host', 'port', 'database', 'ca.crt', 'tls.crt']
/** Long enough to be nobody else's by chance. */
const TELLING = 20

/** What must not be seen of a Secret: its values, line by line, with what is in them of passwords, and as Kubernetes encodes them. */
export const secretsIn = (secret: Kinds['Secret']): readonly string[] =>
  Object.entries(secret.data ?? {})
    .filter(([key]) => !PUBLIC.includes(key))
    .flatMap(([, encoded]) => [encoded, ...decode(encoded).split('\n')])
    .filter((text) => text.length >= TELLING && !text.includes('-----'))

const logsOf = async (namespace: string, pod: string): Promise<Evidence> => {
  const now = await kubectl('-n', namespace, 'logs', pod, '--all-containers', '--tail=-1')
  const before = await kubectl('-n', namespace, 'logs', pod, '--all-containers', '--tail=-1', '--previous').catch(
    () => '',
  )
  return { place: `log of ${namespace}/${pod}`, text: `${before}${now}` }
}

/** The logs of all pods of a namespace, of their last containers too. */
export const logsIn = async (namespace: string): Promise<readonly Evidence[]> => {
  const names = (await kubectl('-n', namespace, 'get', 'pods', '-o', 'name')).split('\n').filter((name) => name !== '')
  return Promise.all(names.map((name) => logsOf(namespace, name.replace('pod/', ''))))
}

/** All objects of a namespace but Secrets: with status, arguments and environments. */
export const objectsIn = async (namespace: string): Promise<Evidence> => {
  const listed = await kubectl('api-resources', '--namespaced', '--verbs=list', '-o', 'name')
  const kinds = listed.split('\n').filter((kind) => kind !== '' && kind !== 'secrets')
  const text = await kubectl('-n', namespace, 'get', kinds.join(','), '-o', 'yaml', '--show-managed-fields')
  return { place: `objects of ${namespace}`, text }
}

/** All that is text or bytes in an answer of Temporal, which encodes neither. */
const flatten = (value: unknown): string => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(flatten).join('\n')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, one]) => `${key}: ${flatten(one)}`)
      .join('\n')
  return String(value)
}

/** The histories of all runs of the workflows of a cluster, and what Temporal says about them. */
export const historiesOf = async ({ namespace, name }: Key): Promise<readonly Evidence[]> => {
  const connection = await Connection.connect({ address: localCluster().temporalAddress })
  try {
    const client = new Client({ connection })
    const evidence: Evidence[] = []
    for await (const run of client.workflow.list({ query: `WorkflowType = 'mysqlCluster'` })) {
      if (!run.workflowId.startsWith(`mysql-cluster/${namespace}/${name}/`)) continue
      const handle = client.workflow.getHandle(run.workflowId, run.runId)
      const [history, description] = await Promise.all([handle.fetchHistory(), handle.describe()])
      evidence.push({ place: `history of ${run.workflowId}`, text: flatten(history) })
      evidence.push({ place: `description of ${run.workflowId}`, text: flatten(description.raw) })
    }
    return evidence
  } finally {
    await connection.close()
  }
}

/** Arguments and environments of the processes of this machine, which is the node. */
export const processes = (): readonly Evidence[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) =>
      ['cmdline', 'environ'].flatMap((file) => {
        try {
          const text = readFileSync(`/proc/${pid}/${file}`, 'latin1').replaceAll('\0', ' ')
          return [{ place: `${file} of process ${pid}`, text }]
        } catch {
          // It has ended meanwhile.
          return []
        }
      }),
    )

export const operatorLogs = (): Promise<readonly Evidence[]> => logsIn(OPERATOR_NAMESPACE)
