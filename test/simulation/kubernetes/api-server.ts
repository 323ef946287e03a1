import type { RawRequest } from '../../../src/kubernetes/client.ts'
import { type Kind, type Kinds, RESOURCES } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import { clone, type Tree } from './json.ts'
import type { Registry } from './registry.ts'
import { notFound, StatusError } from './status-error.ts'
import { type Author, nameOf, type Store } from './store.ts'

export type Request = Omit<RawRequest, 'signal'>

export interface Response {
  readonly status: number
  readonly text: string
}

/** A request, understood. */
export interface Meant {
  readonly verb: 'GET' | 'LIST' | 'CREATE' | 'APPLY' | 'APPLY-STATUS' | 'PATCH' | 'REPLACE' | 'DELETE'
  readonly kind: Kind
  readonly key: ObjectKey
}

/** The field manager of requests that name none: the API server takes it from the user agent of the operator's transport. */
const UNNAMED = 'temporal-mysql-operator'

const PATH = /^\/apis?\/(.+)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/(status))?$/
/** Nodes belong to no namespace, and are only read. */
const NODE = /^\/api\/v1\/nodes\/([^/]+)$/
const kindOf = (apiVersion: string, plural: string): Kind | undefined =>
  (Object.keys(RESOURCES) as Kind[]).find(
    (kind) => RESOURCES[kind].apiVersion === apiVersion && RESOURCES[kind].plural === plural,
  )

/** What a request of the operator is about. Throws when it is one that the simulation does not know. */
export const understand = ({ method, path, contentType, body }: Request): Meant => {
  const node = method === 'GET' ? NODE.exec(path)?.[1] : undefined
  if (node) return { verb: 'GET', kind: 'Node', key: { namespace: '', name: node } }
  const [, apiVersion = '', namespace = '', plural = '', name, status] = PATH.exec(path) ?? []
  const kind = kindOf(apiVersion, plural)
  if (!kind) throw new Error(`the simulated API server knows no ${method} ${path}`)
  const given = (body as { metadata?: { name?: string } } | undefined)?.metadata?.name
  const key = { namespace, name: name ?? (method === 'POST' ? given : undefined) ?? '' }
  const isApply = contentType?.startsWith('application/apply-patch')
  const patching = isApply ? (status ? 'APPLY-STATUS' : 'APPLY') : 'PATCH'
  const verbs = {
    GET: name ? 'GET' : 'LIST',
    POST: 'CREATE',
    PATCH: patching,
    PUT: 'REPLACE',
    DELETE: 'DELETE',
  } as const
  const verb = verbs[method as keyof typeof verbs]
  if (!verb) throw new Error(`the simulated API server knows no ${method}`)
  return { verb, kind, key }
}

export const describe = ({ verb, kind, key }: Meant): string =>
  `${verb} ${kind} ${key.name ? nameOf(key) : key.namespace}`

const selectorOf = (query: Request['query']): Readonly<Record<string, string>> => {
  const terms = (query?.['labelSelector'] ?? '').split(',').filter((term) => term !== '')
  return Object.fromEntries(terms.map((term) => term.split('=') as [string, string]))
}

/** The API server as the transport of a process meets it. */
export const createApiServer = (
  store: Store,
  registry: Registry,
  nodeOf: (name: string) => Kinds['Node'] | undefined = () => undefined,
) => {
  const texts = new WeakMap<object, string>()
  const textOf = (object: object): string => {
    const text = texts.get(object) ?? JSON.stringify(object)
    texts.set(object, text)
    return text
  }

  const answer = (by: string, { verb, kind, key }: Meant, { query, body }: Request): string => {
    const plain: Author = { by, manager: query?.['fieldManager'] ?? UNNAMED, operation: 'Update' }
    const found = () => (kind === 'Node' ? nodeOf(key.name) : store.get(kind, key))
    const shown = (): string => {
      const object = found()
      return object ? textOf(object) : '{}'
    }
    const gone = (): StatusError => notFound(`${RESOURCES[kind].plural} "${key.name}"`)
    // What is stored must not be what the caller holds.
    const sent = (): Tree => clone(body ?? {}) as Tree
    switch (verb) {
      case 'GET':
        if (!found()) throw gone()
        return shown()
      case 'LIST': {
        const items = store.list(kind, key.namespace, selectorOf(query))
        return `{"metadata":{"resourceVersion":"${store.version()}"},"items":[${items.map(textOf).join(',')}]}`
      }
      case 'CREATE':
        registry.create(kind, key, sent(), plain)
        return shown()
      case 'APPLY':
        registry.apply(kind, key, sent(), { ...plain, operation: 'Apply' })
        return shown()
      case 'APPLY-STATUS':
        registry.apply(kind, key, sent(), { ...plain, operation: 'Apply', subresource: 'status' })
        return shown()
      case 'PATCH':
        if (!registry.patch(kind, key, sent(), plain, query?.['dryRun'] === 'All')) throw gone()
        return shown()
      case 'REPLACE':
        registry.replace(kind, key, sent(), plain)
        return shown()
      case 'DELETE': {
        const { preconditions, gracePeriodSeconds, propagationPolicy } = sent() as {
          propagationPolicy?: string
          preconditions?: { uid?: string; resourceVersion?: string }
          gracePeriodSeconds?: number
        }
        const grace = gracePeriodSeconds === undefined ? {} : { graceSeconds: gracePeriodSeconds }
        if (!registry.remove(kind, key, { by, ...preconditions, ...grace, orphan: propagationPolicy === 'Orphan' }))
          throw gone()
        return shown()
      }
    }
  }

  return {
    /** Does what is asked, at once, in the name of `by`. */
    serve(by: string, meant: Meant, request: Request): Response {
      try {
        return { status: 200, text: answer(by, meant, request) }
      } catch (error) {
        if (error instanceof StatusError) return { status: error.status, text: error.body }
        throw error
      }
    },
  }
}
export type ApiServer = ReturnType<typeof createApiServer>
