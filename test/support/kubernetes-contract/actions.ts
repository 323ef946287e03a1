import { API_VERSION } from '../../../crds/group.ts'
import { KIND } from '../../../crds/mysqlcluster.ts'
import type { Kind } from '../../../src/kubernetes/kinds.ts'
import type { Applicable, Kubernetes } from '../../../src/kubernetes/port.ts'
import { type Declared, input, manifest, PLAIN } from '../clusters.ts'

/** An API server to hold to the contract: the port to it, and a namespace of its own. */
export interface Subject {
  readonly kubernetes: Kubernetes
  readonly namespace: string
}

/** An entry of `metadata.managedFields`. */
export interface Entry {
  readonly manager: string
  readonly operation: string
  readonly fieldsV1: Readonly<Record<string, unknown>>
}

/** A uid that nothing has. */
export const OTHER = '00000000-0000-4000-8000-000000000000'

export const refused = (code: string) => ({ code })

/** What the cases do to the subject, in its namespace. */
export const actions = (subject: () => Subject) => {
  const meta = (name: string, more: object = {}) => ({ name, namespace: subject().namespace, ...more })
  const get = <K extends Kind>(kind: K, name: string) => subject().kubernetes.get(kind, meta(name))
  const found = async <K extends Kind>(kind: K, name: string) => {
    const object = await get(kind, name)
    if (!object) throw new Error(`there is no ${kind} ${name}`)
    return object
  }
  return {
    meta,
    get,
    found,
    create: (object: object) => subject().kubernetes.create(object as Applicable),
    apply: (object: object, manager = 'us', subresource?: 'status') =>
      subject().kubernetes.apply(object as Applicable, { manager, ...(subresource ? { subresource } : {}) }),
    patch: <K extends Kind>(kind: K, name: string, body: object) => subject().kubernetes.patch(kind, meta(name), body),
    replace: (object: object) => subject().kubernetes.replace(object as Applicable),
    remove: (kind: Kind, name: string, uid?: string) => subject().kubernetes.delete(kind, meta(name), uid),
    version: async (kind: Kind, name: string) => (await found(kind, name)).metadata.resourceVersion,
    managers: async (kind: Kind, name: string) =>
      ((await found(kind, name)).metadata as unknown as { managedFields: readonly Entry[] }).managedFields,
    configMap: (name: string, data: object = {}, more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta(name, more),
      data,
    }),
    cluster: (name: string, spec: Declared = PLAIN, more: object = {}) => ({
      ...manifest(spec, name),
      metadata: meta(name, more),
    }),
    status: (name: string, status: object, more: object = {}) => ({
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: meta(name, more),
      status,
    }),
    pod: (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: meta(name, { labels: { app: 'a' } }),
      spec: { containers: [{ name: 'mysqld', image: 'mysql:8.0' }] },
    }),
    /** What the objects of a cluster are made from, in the namespace of the subject. */
    input: (over: object = {}) => {
      const made = input()
      return { ...made, ref: { ...made.ref, namespace: subject().namespace, ...over } }
    },
  }
}
