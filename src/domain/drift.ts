/** An entry of `metadata.managedFields`: who set which fields, and when. */
export interface ManagedFields {
  readonly manager?: string
  readonly subresource?: string
  readonly time?: string
  readonly fieldsV1?: object
}

/** Fields of ours that somebody else set to something else. */
export interface Drift {
  readonly manager: string
  /** Dotted paths; `*` stands for an item of a list. */
  readonly fields: readonly string[]
}

type Path = readonly string[]

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The fields of a FieldsV1 set: `f:` is a field, `k:` and `v:` an item of a list. Source: Kubernetes, "Server-Side Apply". */
const ownedPaths = (set: object, path: Path = []): readonly Path[] => {
  const inner = Object.entries(set).filter(([key]) => key !== '.')
  if (inner.length === 0) return [path]
  return inner.flatMap(([key, value]) =>
    ownedPaths(isObject(value) ? value : {}, [...path, key.startsWith('f:') ? key.slice(2) : '*']),
  )
}

const IDENTITY = ['apiVersion', 'kind']

const leafPaths = (value: unknown, path: Path = []): readonly Path[] => {
  if (Array.isArray(value)) return value.flatMap((item) => leafPaths(item, [...path, '*']))
  if (!isObject(value)) return [path]
  return Object.entries(value)
    .filter(([key, inner]) => inner !== undefined && !(path.length === 0 && IDENTITY.includes(key)))
    .flatMap(([key, inner]) => leafPaths(inner, [...path, key]))
}

/** A list or map that is owned as a whole shows up as one path: it covers all that is in it. */
const covers = (owned: readonly Path[], path: Path): boolean =>
  owned.some((one) => one.every((part, index) => path[index] === part))

/**
 * Who has changed fields that we apply: those that `ours` no longer owns and someone else does. Two managers that want the
 * same value share a field, so that is no drift. Fields that nobody owns were removed, or are new to us: not told apart.
 */
export const driftOf = (desired: object, managed: readonly ManagedFields[], ours: string): readonly Drift[] => {
  const entries = managed.filter(({ subresource }) => subresource !== 'status')
  const setOf = (entry: ManagedFields): readonly Path[] => ownedPaths(entry.fieldsV1 ?? {})
  const own = entries.filter(({ manager }) => manager === ours).flatMap(setOf)
  if (own.length === 0) return []
  const lost = leafPaths(desired).filter((path) => !covers(own, path))
  return entries
    .filter(({ manager }) => manager !== ours)
    .map((entry) => {
      const theirs = setOf(entry)
      const fields = lost.filter((path) => covers(theirs, path)).map((path) => path.join('.'))
      return { manager: entry.manager ?? 'unknown', fields: [...new Set(fields)] }
    })
    .filter(({ fields }) => fields.length > 0)
}
