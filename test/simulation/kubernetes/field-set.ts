import type { Kind } from '../../../src/kubernetes/kinds.ts'
import { isTree, same, type Tree } from './json.ts'
import { type Shape, shapeOf } from './schema.ts'

/** A set of fields of an object, as `managedFields` hold it. Keys are elements of a path: `f:name`, `k:{"name":"x"}`, `v:"x"`. */
export interface Fields {
  /** Whether the field at this point is itself in the set; its parts may be in it all the same. */
  readonly member: boolean
  readonly parts: ReadonlyMap<string, Fields>
}

export const NONE: Fields = { member: false, parts: new Map() }
const LEAF: Fields = { member: true, parts: new Map() }

export const isEmpty = ({ member, parts }: Fields): boolean => !member && parts.size === 0

const combine = (a: Fields, b: Fields, member: boolean, of: (a: Fields, b: Fields) => Fields): Fields => {
  const parts = new Map<string, Fields>()
  for (const key of new Set([...a.parts.keys(), ...b.parts.keys()])) {
    const child = of(a.parts.get(key) ?? NONE, b.parts.get(key) ?? NONE)
    if (!isEmpty(child)) parts.set(key, child)
  }
  return { member, parts }
}
export const union = (a: Fields, b: Fields): Fields => combine(a, b, a.member || b.member, union)
export const difference = (a: Fields, b: Fields): Fields => combine(a, b, a.member && !b.member, difference)

/** The format of `fieldsV1`. */
export const toFieldsV1 = ({ member, parts }: Fields): Tree => ({
  ...(member && parts.size > 0 ? { '.': {} } : {}),
  ...Object.fromEntries([...parts].map(([key, child]) => [key, toFieldsV1(child)])),
})

const parse = (tree: Tree, root: boolean): Fields => {
  const parts = new Map<string, Fields>()
  for (const [key, child] of Object.entries(tree)) if (key !== '.') parts.set(key, parse(child as Tree, false))
  return { member: !root && (parts.size === 0 || '.' in tree), parts }
}
/** Books are written once and read often. */
const parsed = new WeakMap<Tree, Fields>()
export const fromFieldsV1 = (tree: Tree): Fields => {
  const fields = parsed.get(tree) ?? parse(tree, true)
  parsed.set(tree, fields)
  return fields
}

/** Whether two sets are one. */
export const sameFields = (a: Fields, b: Fields): boolean => {
  if (a === b) return true
  if (a.member !== b.member || a.parts.size !== b.parts.size) return false
  for (const [key, child] of a.parts) {
    const other = b.parts.get(key)
    if (!other || !sameFields(child, other)) return false
  }
  return true
}

/** An item of a list that is no atom, by the element that names it. */
export const items = (list: readonly unknown[], shape: Shape): ReadonlyMap<string, unknown> =>
  new Map(list.map((item) => [shape === 'set' ? `v:${JSON.stringify(item)}` : elementOf(item, shape), item]))

/** What the API server takes for a key that an item leaves out. */
const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

const elementOf = (item: unknown, keys: Shape): string => {
  const named = Array.isArray(keys) ? keys : []
  const values = isTree(item) ? item : {}
  return `k:${JSON.stringify(Object.fromEntries(named.map((key) => [key, values[key] ?? KEY_DEFAULTS[key]])))}`
}

/** Where a part of a value lies in the table of shapes: items of a list lie where their list does. */
export const pathOf = (path: string, element: string): string =>
  element.startsWith('f:') ? `${path}${path ? '.' : ''}${element.slice(2)}` : path

/** The parts of a value by their elements; undefined for what is only ever seen whole. */
export const partsOf = (kind: Kind, path: string, value: unknown): ReadonlyMap<string, unknown> | undefined => {
  const isItem = isTree(value) && Array.isArray(shapeOf(kind, path, undefined))
  const shape = isItem ? undefined : shapeOf(kind, path, value)
  if (shape === 'atomic') return undefined
  if (Array.isArray(value)) return shape ? items(value, shape) : undefined
  if (!isTree(value)) return undefined
  const defined = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return new Map(defined.map(([key, inner]) => [`f:${key}`, inner]))
}

/** The fields of a value. */
export const fieldsOf = (kind: Kind, value: unknown, path = ''): Fields => {
  const inner = partsOf(kind, path, value)
  if (!inner || (inner.size === 0 && path !== '')) return LEAF
  const parts = new Map<string, Fields>()
  for (const [element, item] of inner) {
    const child = fieldsOf(kind, item, pathOf(path, element))
    parts.set(element, element.startsWith('k:') ? { ...child, member: true } : child)
  }
  return { member: false, parts }
}

/** The fields in which two values differ: what was added or changed, and what was removed. */
export const compare = (kind: Kind, before: unknown, after: unknown, path = ''): { set: Fields; removed: Fields } => {
  if (before === undefined) return { set: fieldsOf(kind, after, path), removed: NONE }
  if (after === undefined) return { set: NONE, removed: fieldsOf(kind, before, path) }
  if (same(before, after)) return { set: NONE, removed: NONE }
  const [was, is] = [partsOf(kind, path, before), partsOf(kind, path, after)]
  if (!was || !is) return { set: fieldsOf(kind, after, path), removed: NONE }
  const [set, removed] = [new Map<string, Fields>(), new Map<string, Fields>()]
  for (const element of new Set([...was.keys(), ...is.keys()])) {
    const child = compare(kind, was.get(element), is.get(element), pathOf(path, element))
    const gone = !is.has(element)
    const came = !was.has(element)
    if (!isEmpty(child.set))
      set.set(element, came && element.startsWith('k:') ? { ...child.set, member: true } : child.set)
    if (!isEmpty(child.removed)) removed.set(element, gone ? { ...child.removed, member: true } : child.removed)
  }
  return { set: { member: false, parts: set }, removed: { member: false, parts: removed } }
}
