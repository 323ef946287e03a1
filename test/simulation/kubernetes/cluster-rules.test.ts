import { expect, test } from '@jest/globals'
import { toCustomResourceDefinition } from '../../../crds/definition.ts'
import { KINDS } from '../../../crds/kinds.ts'
import { KEPT_BY_ZOD, RULES } from './cluster-rules.ts'
import { isTree } from './json.ts'

const messagesIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(messagesIn)
  if (!isTree(value)) return []
  const own = (value['x-kubernetes-validations'] ?? []) as readonly { message: string }[]
  return [...own.map(({ message }) => message), ...Object.values(value).flatMap(messagesIn)]
}
const messages = new Set(KINDS.map(toCustomResourceDefinition).flatMap(messagesIn))
const known = [...RULES.map(({ message }) => message), ...KEPT_BY_ZOD]

test('the simulation keeps each rule of the CRD', () => {
  expect([...messages].filter((message) => !known.some((pattern) => pattern.test(message)))).toEqual([])
})

test('the simulation keeps no rule that the CRD no longer has', () => {
  expect(known.filter((pattern) => ![...messages].some((message) => pattern.test(message)))).toEqual([])
})
