import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { toCustomResourceDefinition } from '../../crds/definition.ts'
import { GROUP } from '../../crds/group.ts'
import { KINDS } from '../../crds/kinds.ts'
import { KIND } from '../../crds/mysqlcluster.ts'
import { MySQLClusterSpecSchema } from '../../crds/mysqlcluster-spec.ts'
import { PLAIN } from '../support/clusters.ts'

type Node = Readonly<Record<string, unknown>>
interface Version {
  readonly schema: { readonly openAPIV3Schema: Node }
}

const ROOT = join(import.meta.dirname, '../..')
const schemaOf = (kind: (typeof KINDS)[number]): Node => {
  const { versions } = toCustomResourceDefinition(kind)['spec'] as { versions: readonly [Version] }
  return versions[0].schema.openAPIV3Schema
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every schema in a schema, with the path of field names to it. */
const nodes = (node: Node, path = ''): readonly (readonly [string, Node])[] => {
  const properties = isNode(node['properties']) ? Object.entries(node['properties']) : []
  const inner = [...properties, ['[]', node['items']], ['{}', node['additionalProperties']]] as const
  return [[path, node], ...inner.flatMap(([name, child]) => (isNode(child) ? nodes(child, `${path}.${name}`) : []))]
}

describe.each(KINDS.map((kind) => [kind.kind, kind] as const))('the CRD of %s', (_, kind) => {
  const all = nodes(schemaOf(kind))
  const offenders = (is: (node: Node, path: string) => boolean): readonly string[] =>
    all.filter(([path, node]) => is(node, path)).map(([path]) => path)

  test('describes many fields', () => {
    expect(all.length).toBeGreaterThan(20)
  })

  test.each([
    '$ref',
    'definitions',
    '$defs',
    'id',
    '$schema',
    'uniqueItems',
    'readOnly',
    'deprecated',
    'examples',
    'const',
  ])('has no %s', (key) => {
    expect(offenders((node) => key in node)).toEqual([])
  })

  test('has a type for each field, or says that it may be anything', () => {
    const untyped = (node: Node) =>
      !('type' in node) && !node['x-kubernetes-int-or-string'] && !node['x-kubernetes-preserve-unknown-fields']
    expect(offenders(untyped)).toEqual([])
  })

  test('has named fields or free ones, never both, and none forbidden', () => {
    expect(offenders((node) => 'properties' in node && 'additionalProperties' in node)).toEqual([])
    expect(offenders((node) => node['additionalProperties'] === false)).toEqual([])
  })

  test('has combinations only where a value is a number or a string', () => {
    const combined = (node: Node) => ['anyOf', 'allOf', 'oneOf', 'not'].some((key) => key in node)
    expect(offenders((node) => combined(node) && !node['x-kubernetes-int-or-string'])).toEqual([])
  })

  test('has patterns that Go understands', () => {
    const rules = all.flatMap(([, node]) => (node['x-kubernetes-validations'] ?? []) as readonly { rule: string }[])
    const matched = rules.flatMap(({ rule }) =>
      [...rule.matchAll(/matches\('([^']+)'\)/g)].map(([, pattern = '']) => pattern),
    )
    const patterns = [...all.flatMap(([, { pattern }]) => (typeof pattern === 'string' ? [pattern] : [])), ...matched]
    if (kind.kind === KIND) expect(patterns.length).toBeGreaterThan(0)
    for (const pattern of patterns) {
      expect(() => new RegExp(pattern, 'u')).not.toThrow()
      expect(pattern).not.toMatch(/\(\?[=!<]|\\[1-9]|\\k</)
    }
  })

  test('bounds what CEL has to read', () => {
    const root = 'spec'
    const unbounded = (node: Node, path: string) =>
      path.startsWith(`.${root}`) &&
      ((node['type'] === 'string' && !('maxLength' in node) && !('enum' in node) && !('format' in node)) ||
        (node['type'] === 'array' && !('maxItems' in node)) ||
        (isNode(node['additionalProperties']) && !('maxProperties' in node)))
    expect(offenders(unbounded)).toEqual([])
  })

  test('has rules whose message is one line on which a person can act', () => {
    const rules = all.flatMap(([, node]) => (node['x-kubernetes-validations'] ?? []) as readonly { message: string }[])
    expect(rules.length).toBeGreaterThan(0)
    for (const { message } of rules) expect(message).toMatch(/^[^\n]{20,}$/)
  })

  test('has a manifest that is current', () => {
    const file = join(ROOT, `crds/manifests/${kind.plural}.${GROUP}.yaml`)
    expect(parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(toCustomResourceDefinition(kind))))
  })
})

test('the generator finds its own files current', () => {
  const { status, stderr } = spawnSync(process.execPath, ['crds/generate.ts', '--check'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect({ status, stderr: stderr.replace(/.*ExperimentalWarning.*\n|.*--trace-warnings.*\n/g, '') }).toEqual({
    status: 0,
    stderr: '',
  })
})

test('only size and image are asked for', () => {
  expect(MySQLClusterSpecSchema.safeParse(PLAIN).success).toBe(true)
  expect(MySQLClusterSpecSchema.safeParse({ size: 3 }).success).toBe(false)
  expect(MySQLClusterSpecSchema.safeParse({ image: 'mysql:8.0' }).success).toBe(false)
})

test('the defaults are safe', () => {
  expect(MySQLClusterSpecSchema.parse(PLAIN)).toMatchObject({
    storage: { size: '10Gi', onDelete: 'Retain' },
    services: { primary: { type: 'ClusterIP' } },
    pod: { terminationGracePeriodSeconds: 120 },
    paused: false,
  })
})
