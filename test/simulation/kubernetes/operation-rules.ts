import { REQUESTS } from '../../../crds/mysqloperation.ts'
import type { Rule } from './cluster-rules.ts'
import { part, same, type Tree } from './json.ts'

const spec = (operation: Tree): Tree => part(operation, 'spec')
const FIXED = ['clusterName', ...REQUESTS]

/** The rules in CEL of the CRD of MySQLOperation. That of a pod's name is kept by its schema in zod as well. */
export const OPERATION_RULES: readonly Rule[] = [
  {
    message: /^spec must have exactly one of/,
    at: '<nil>',
    holds: (operation) => REQUESTS.filter((request) => request in spec(operation)).length === 1,
  },
  {
    message: /^what is asked cannot be changed/,
    at: '<nil>',
    holds: (operation, before) =>
      before === undefined || FIXED.every((field) => same(spec(operation)[field], spec(before)[field])),
  },
  {
    message: /^spec\.approved cannot be changed once it is set/,
    at: '<nil>',
    holds: (operation, before) =>
      before === undefined || !('approved' in spec(before)) || spec(operation)['approved'] === spec(before)['approved'],
  },
]

/** Messages of rules that the schemas in zod keep as well. */
export const KEPT_BY_ZOD: readonly RegExp[] = [/^must be the name of a pod/]
