import { isDeepStrictEqual } from 'node:util'

/** A JSON object of whatever shape. */
export type Tree = { [key: string]: unknown }

export const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** A part of a JSON object; an empty one where there is none. */
export const part = (tree: unknown, ...path: readonly string[]): Tree => {
  let value = tree
  for (const key of path) value = isTree(value) ? value[key] : undefined
  return isTree(value) ? value : {}
}

export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Equal as JSON: a key whose value is undefined is as good as absent. */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => same(item, b[at]))
  if (!isTree(a) || !isTree(b)) return isDeepStrictEqual(a, b)
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => same(a[key], b[key]))
}

/** RFC 7386. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isTree(patch)) return patch
  const result: Tree = isTree(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}
