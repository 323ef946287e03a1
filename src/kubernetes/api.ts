import { OperatorError } from '../domain/errors.ts'
import { refusal } from './answer.ts'
import type { RawRequest, Send } from './client.ts'
import { collectionPath, type Kind, type Kinds, RESOURCES } from './kinds.ts'
import type { Applicable, Kubernetes, ObjectKey } from './port.ts'

const TIMEOUT_MS = 15_000
const PAGE = '500'

type Call = Omit<RawRequest, 'signal'>

const objectPath = (kind: Kind, key: ObjectKey): string => `${collectionPath(kind, key.namespace)}/${key.name}`

const identify = (object: Applicable): { kind: Kind; key: ObjectKey } => {
  const { kind, metadata } = object
  if (!kind || !(kind in RESOURCES) || !metadata?.name || !metadata.namespace)
    throw new OperatorError('InvalidObject', `not an object that can be written: ${kind} ${metadata?.name}`)
  return { kind: kind as Kind, key: { namespace: metadata.namespace, name: metadata.name } }
}

/** The port to a real API server; `timeoutMs` bounds each call. */
export const createKubernetes = (send: Send, timeoutMs = TIMEOUT_MS): Kubernetes => {
  /** Resolves with the parsed answer, or with undefined when there is no such object. */
  const call = async (request: Call): Promise<unknown> => {
    const response = await send({ ...request, signal: AbortSignal.timeout(timeoutMs) })
    const text = await response.text()
    if (response.ok) return JSON.parse(text)
    if (response.status === 404) return undefined
    throw refusal(`${request.method} ${request.path}`, response.status, text)
  }

  return {
    async get<K extends Kind>(kind: K, key: ObjectKey) {
      return (await call({ method: 'GET', path: objectPath(kind, key) })) as Kinds[K] | undefined
    },

    async list<K extends Kind>(kind: K, namespace: string, labels: Readonly<Record<string, string>>) {
      const labelSelector = Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')
      const items: Kinds[K][] = []
      let next = ''
      do {
        const query = { labelSelector, limit: PAGE, ...(next ? { continue: next } : {}) }
        const page = (await call({ method: 'GET', path: collectionPath(kind, namespace), query })) as
          | { items: Kinds[K][]; metadata: { continue?: string } }
          | undefined
        items.push(...(page?.items ?? []))
        next = page?.metadata.continue ?? ''
      } while (next)
      return items
    },

    async create(object) {
      const { kind, key } = identify(object)
      try {
        const made = await call({ method: 'POST', path: collectionPath(kind, key.namespace), body: object })
        if (made === undefined) throw new OperatorError('KubernetesRefused', `namespace ${key.namespace} is gone`)
        return 'created'
      } catch (error) {
        if (error instanceof OperatorError && error.code === 'Conflict') return 'exists'
        throw error
      }
    },

    async apply(object, { manager, subresource }) {
      const { kind, key } = identify(object)
      await call({
        method: 'PATCH',
        path: `${objectPath(kind, key)}${subresource ? `/${subresource}` : ''}`,
        query: { fieldManager: manager, force: 'true', fieldValidation: 'Strict' },
        contentType: 'application/apply-patch+yaml',
        body: object,
      })
    },

    async patch<K extends Kind>(kind: K, key: ObjectKey, body: object, { dryRun = false } = {}) {
      return (await call({
        method: 'PATCH',
        path: objectPath(kind, key),
        ...(dryRun ? { query: { dryRun: 'All' } } : {}),
        contentType: 'application/merge-patch+json',
        body,
      })) as Kinds[K] | undefined
    },

    async replace(object) {
      const { kind, key } = identify(object)
      await call({ method: 'PUT', path: objectPath(kind, key), body: object })
    },

    async delete(kind, key, uid, { atOnce, resourceVersion, orphan } = {}) {
      const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
      const grace = atOnce ? { gracePeriodSeconds: 0 } : {}
      const options = { propagationPolicy: orphan ? 'Orphan' : 'Background', preconditions, ...grace }
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
      return (await call({ method: 'DELETE', path: objectPath(kind, key), body })) !== undefined
    },
  }
}
