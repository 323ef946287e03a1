import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { MUTANTS } from './list.ts'

const ROOT = join(import.meta.dirname, '../../..')
const occurrences = (file: string, find: string): number =>
  readFileSync(join(ROOT, file), 'utf8').split(find).length - 1

test('each mutant has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
})

test('what each mutant changes is there, once', () => {
  const stale = MUTANTS.flatMap(({ name, edits }) =>
    edits.filter(({ file, find }) => occurrences(file, find) !== 1).map(({ file }) => `${name}: ${file}`),
  )
  expect(stale).toEqual([])
})
