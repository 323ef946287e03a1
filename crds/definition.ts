import * as z from 'zod'
import { GROUP, VERSION } from './group.ts'

type Schema = Record<string, unknown>

const DROPPED = [
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
  'deprecated',
  'examples',
  '$schema',
  'id',
]
/** Formats that the API server knows; zod's patterns for them are long, and some are not RE2. */
const FORMATS = new Set(['date-time', 'duration', 'hostname', 'uuid', 'ipv4', 'ipv6', 'email'])

/** Bends one node of zod's OpenAPI 3.0 into a structural schema (apiextensions-apiserver: pkg/apiserver/schema/validation.go). */
const toStructural = (node: Schema): void => {
  for (const key of DROPPED) delete node[key]
  if (node['type'] === 'integer') {
    if (node['maximum'] === Number.MAX_SAFE_INTEGER) delete node['maximum']
    if (node['minimum'] === Number.MIN_SAFE_INTEGER) delete node['minimum']
    node['format'] = node['maximum'] === 2147483647 || node['minimum'] === -2147483648 ? 'int32' : 'int64'
    if (node['maximum'] === 2147483647) delete node['maximum']
    if (node['minimum'] === -2147483648) delete node['minimum']
  }
  if (node['type'] === 'string' && FORMATS.has(String(node['format']))) delete node['pattern']
  if (node['x-kubernetes-int-or-string']) {
    delete node['type']
    node['anyOf'] = [{ type: 'integer' }, { type: 'string' }]
  }
  if (node['x-kubernetes-preserve-unknown-fields'] || node['additionalProperties'] === false)
    delete node['additionalProperties']
  delete node['propertyNames']
}

const structural = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
    override: ({ jsonSchema }) => toStructural(jsonSchema as Schema),
  }) as Schema

export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description?: string
  readonly priority?: number
}

export interface KindDefinition {
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortName: string
  readonly description: string
  readonly spec: z.ZodType
  readonly status: z.ZodType
  readonly columns: readonly PrinterColumn[]
  readonly validations: readonly { rule: string; message: string }[]
  readonly scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string }
}

/** Promises an apiextensions.k8s.io/v1 CustomResourceDefinition that a kube-apiserver accepts (proved by test/apiserver). */
export const toCustomResourceDefinition = (kind: KindDefinition): Schema => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: {
      kind: kind.kind,
      listKind: `${kind.kind}List`,
      plural: kind.plural,
      singular: kind.singular,
      shortNames: [kind.shortName],
      categories: ['mysql'],
    },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {}, ...(kind.scale ? { scale: kind.scale } : {}) },
        additionalPrinterColumns: kind.columns,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: kind.description,
            required: ['spec'],
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: structural(kind.spec),
              status: structural(kind.status),
            },
            'x-kubernetes-validations': kind.validations,
          },
        },
      },
    ],
  },
})
