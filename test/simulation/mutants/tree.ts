import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Edit } from './types.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PARTS = [
  'package.json',
  'tsconfig.json',
  'crds',
  'src',
  'workflows',
  'activities',
  'test/support',
  'test/simulation',
]

/** A copy of the sources in a folder of its own, with the edits made. `remove` takes it away. */
export const plantTree = (edits: readonly Edit[]): { readonly root: string; remove(): void } => {
  const root = mkdtempSync(join(tmpdir(), 'mysql-operator-mutant-'))
  for (const part of PARTS) cpSync(join(ROOT, part), join(root, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  for (const { file, find, replace } of edits) {
    const text = readFileSync(join(root, file), 'utf8')
    if (text.split(find).length !== 2) throw new Error(`${file} does not have exactly once: ${find}`)
    writeFileSync(
      join(root, file),
      text.replace(find, () => replace),
    )
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}
