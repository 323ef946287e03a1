import type { Kind } from '../../../src/kubernetes/kinds.ts'
import {
  compare,
  difference,
  type Fields,
  fieldsOf,
  fromFieldsV1,
  isEmpty,
  NONE,
  partsOf,
  pathOf,
  sameFields,
  toFieldsV1,
  union,
} from './field-set.ts'
import { part, type Tree } from './json.ts'

/** One entry of `metadata.managedFields`. */
export interface ManagedFields {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time: string
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: Tree
  readonly subresource?: string
}

/** Who writes, by which way. */
export interface Manager {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly subresource?: string | undefined
}

const NOBODYS = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields']
const ALSO_NOBODYS = ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generateName', 'selfLink']

/** An object without the fields that nobody can own. */
const ownable = (object: Tree): Tree => {
  const { apiVersion: _, kind: __, metadata, ...rest } = object
  const kept = Object.entries(part(metadata)).filter(([key]) => ![...NOBODYS, ...ALSO_NOBODYS].includes(key))
  return kept.length > 0 ? { metadata: Object.fromEntries(kept), ...rest } : rest
}

const managedOf = (object: Tree | undefined): readonly ManagedFields[] =>
  (part(object, 'metadata')['managedFields'] as readonly ManagedFields[] | undefined) ?? []

const isOf = (entry: ManagedFields, { manager, operation, subresource }: Manager): boolean =>
  entry.manager === manager && entry.operation === operation && entry.subresource === subresource

/** Lays what is applied over what is there. */
const merge = (kind: Kind, live: unknown, applied: unknown, path = ''): unknown => {
  const [below, above] = [partsOf(kind, path, live), partsOf(kind, path, applied)]
  if (!below || !above || Array.isArray(live) !== Array.isArray(applied)) return applied
  const merged = new Map(below)
  for (const [element, value] of above)
    merged.set(element, below.has(element) ? merge(kind, below.get(element), value, pathOf(path, element)) : value)
  return Array.isArray(applied) ? [...merged.values()] : fromParts(merged)
}

const fromParts = (parts: ReadonlyMap<string, unknown>): Tree =>
  Object.fromEntries([...parts].map(([element, value]) => [element.slice(2), value]))

/** Takes away what was applied `last` time and is nobody's now: neither applied again nor held by another manager. */
const prune = (kind: Kind, value: unknown, last: Fields, held: Fields, path = ''): unknown => {
  const inner = partsOf(kind, path, value)
  if (!inner) return value
  const kept = new Map<string, unknown>()
  for (const [element, item] of inner) {
    const before = last.parts.get(element)
    const holds = held.parts.get(element)
    if (!before) kept.set(element, item)
    else if (holds) kept.set(element, prune(kind, item, before, holds, pathOf(path, element)))
  }
  return Array.isArray(value) ? [...kept.values()] : fromParts(kept)
}

/** Server-side apply without the books: the object as it shall be. `applied` has nothing in it that the endpoint ignores. */
export const applied = (kind: Kind, live: Tree | undefined, wanted: Tree, by: Manager): Tree => {
  const mine = ownable(wanted)
  const last = managedOf(live).find((entry) => isOf(entry, by))
  const others = managedOf(live).filter((entry) => !isOf(entry, by))
  const held = others.map(({ fieldsV1 }) => fromFieldsV1(fieldsV1)).reduce(union, fieldsOf(kind, mine))
  const merged = merge(kind, live ?? {}, mine)
  return prune(kind, merged, last ? fromFieldsV1(last.fieldsV1) : NONE, held) as Tree
}

/**
 * The books after a write: whoever wrote a field has it, and whoever had it before has lost it; what was applied with the
 * value that it had is held together. An entry that stays the same keeps its time. `wanted` is what was applied.
 */
export const bookkeep = (
  kind: Kind,
  live: Tree | undefined,
  next: Tree,
  by: Manager,
  now: string,
  wanted?: Tree,
): readonly ManagedFields[] => {
  const { set, removed } = compare(kind, ownable(live ?? {}), ownable(next))
  const lost = union(set, removed)
  const known = managedOf(live)
  const own = known.find((entry) => isOf(entry, by))
  const before = own ? fromFieldsV1(own.fieldsV1) : NONE
  const mine = wanted ? fieldsOf(kind, ownable(wanted)) : union(difference(before, removed), set)
  const { manager, operation, subresource } = by
  const entry = (): ManagedFields => ({
    manager,
    operation,
    apiVersion: String(next['apiVersion']),
    time: now,
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(mine),
    ...(subresource ? { subresource } : {}),
  })
  const renew = (old: ManagedFields): ManagedFields => (sameFields(mine, before) ? old : entry())
  const kept = known.flatMap((old) => (old !== own ? without(old, lost) : isEmpty(mine) ? [] : [renew(old)]))
  return own || isEmpty(mine) ? kept : [...kept, entry()]
}

/** What is left of the entry of another manager. */
const without = (other: ManagedFields, lost: Fields): readonly ManagedFields[] => {
  if (isEmpty(lost)) return [other]
  const before = fromFieldsV1(other.fieldsV1)
  const fields = difference(before, lost)
  if (isEmpty(fields)) return []
  return sameFields(fields, before) ? [other] : [{ ...other, fieldsV1: toFieldsV1(fields) }]
}
