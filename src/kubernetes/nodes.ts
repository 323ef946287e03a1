import type { Logger } from 'pino'
import { OperatorError } from '../domain/errors.ts'
import type { Kind, Kinds } from './kinds.ts'
import type { Kubernetes, ObjectKey } from './port.ts'

/** The same API server for somebody who may be without the right to read nodes: that is told of in the log, once. */
export const tellingOfNodes = (kubernetes: Kubernetes, log: Pick<Logger, 'warn'>): Kubernetes => {
  let told = false
  return {
    ...kubernetes,
    async get<K extends Kind>(kind: K, key: ObjectKey): Promise<Kinds[K] | undefined> {
      try {
        return await kubernetes.get(kind, key)
      } catch (err) {
        if (kind === 'Node' && !told && err instanceof OperatorError && err.code === 'Forbidden') {
          told = true
          log.warn({ err }, 'nodes cannot be read: pods on lost nodes are not removed, and the status says what to do')
        }
        throw err
      }
    },
  }
}
