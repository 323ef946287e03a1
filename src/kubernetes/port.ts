import type { Kind, Kinds } from './kinds.ts'

/** `namespace` is empty for what belongs to no namespace. */
export interface ObjectKey {
  readonly namespace: string
  readonly name: string
}

/** What can be applied: a kind of ours with a name. */
export interface Applicable {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string }
}

/** `atOnce`: without grace. With a resourceVersion: only what was not changed since, else it throws Conflict. */
export interface Deletion {
  readonly atOnce?: boolean
  readonly resourceVersion?: string
  /** What it owns stays. */
  readonly orphan?: boolean
}

/**
 * The API server as activities and observer use it. Every call is bounded in time and throws OperatorError with
 * code KubernetesUnavailable, Forbidden, Conflict or KubernetesRefused; "not found" is a value, never an error.
 */
export interface Kubernetes {
  get<K extends Kind>(kind: K, key: ObjectKey): Promise<Kinds[K] | undefined>
  list<K extends Kind>(kind: K, namespace: string, labels: Readonly<Record<string, string>>): Promise<Kinds[K][]>
  /** Creates an object. One that exists already is left as it is and answered with 'exists'. */
  create(object: Applicable): Promise<'created' | 'exists'>
  /** Server-side apply of the fields in `object` by `manager`, who thereby owns them. */
  apply(object: Applicable, options: { readonly manager: string; readonly subresource?: 'status' }): Promise<void>
  /** A JSON merge patch; with `metadata.resourceVersion` in it, a compare-and-set that throws Conflict when it lost. `dryRun`: only judged. */
  patch<K extends Kind>(
    kind: K,
    key: ObjectKey,
    body: object,
    how?: { readonly dryRun?: boolean },
  ): Promise<Kinds[K] | undefined>
  /** Replaces an object whole; with `metadata.resourceVersion`, a compare-and-set that throws Conflict when it lost. */
  replace(object: Applicable): Promise<void>
  /** Deletes an object, of this uid only when given. True when there was something to delete. */
  delete(kind: Kind, key: ObjectKey, uid?: string, how?: Deletion): Promise<boolean>
}
