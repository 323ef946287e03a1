/**
 * Where backups are kept: objects by keys such as `a/b/c`. An object is there whole or not at all. Every call is bounded in time
 * and throws OperatorError with code StoreUnreachable, where trying again may help, or
 * StoreDenied, BucketMissing, StoreUntrusted, StoreFull, or StoreRefused for what else a store refuses.
 */
export interface ObjectStore {
  /** Writes an object, over one that is there. */
  put(key: string, body: Uint8Array): Promise<void>
  /** The content of an object; undefined when there is none. Objects are read whole: whoever writes keeps them small. */
  get(key: string): Promise<Uint8Array | undefined>
  /** All objects whose keys begin with `prefix`, in the order of their keys. */
  list(prefix: string): Promise<readonly StoredObject[]>
  /** Removes an object. One that is not there is removed already. */
  remove(key: string): Promise<void>
}

export interface StoredObject {
  readonly key: string
  readonly bytes: number
}
