import { expect, test } from '@jest/globals'
import { toCustomResourceDefinition } from '../../../crds/definition.ts'
import { KINDS } from '../../../crds/kinds.ts'
import * as backups from './backup-rules.ts'
import { CLUSTER_RULES, KEPT_BY_ZOD } from './cluster-rules.ts'
import { isTree } from './json.ts'
import * as operations from './operation-rules.ts'

const messagesIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(messagesIn)
  if (!isTree(value)) return []
  const own = (value['x-kubernetes-validations'] ?? []) as readonly { message: string }[]
  return [...own.map(({ message }) => message), ...Object.values(value).flatMap(messagesIn)]
}
const messages = new Set(KINDS.map(toCustomResourceDefinition).flatMap(messagesIn))
const rules = [...CLUSTER_RULES, ...operations.OPERATION_RULES, ...backups.RESTORE_RULES, ...backups.BACKUP_RULES]
const known = [
  ...rules.map(({ message }) => message),
  ...KEPT_BY_ZOD,
  ...operations.KEPT_BY_ZOD,
  ...backups.KEPT_BY_ZOD,
]

test('the simulation keeps each rule of the CRDs', () => {
  expect([...messages].filter((message) => !known.some((pattern) => pattern.test(message)))).toEqual([])
})

test('the simulation keeps no rule that the CRDs no longer have', () => {
  expect(known.filter((pattern) => ![...messages].some((message) => pattern.test(message)))).toEqual([])
})
