import { readFileSync, writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { toCustomResourceDefinition } from './definition.ts'
import { GROUP } from './group.ts'
import { KINDS } from './kinds.ts'

const check = process.argv.includes('--check')

const read = (file: URL): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

for (const kind of KINDS) {
  const file = new URL(`manifests/${kind.plural}.${GROUP}.yaml`, import.meta.url)
  const text = `# Generated from crds/*.ts by \`make generate\`.\n${stringify(toCustomResourceDefinition(kind), { lineWidth: 0, aliasDuplicateObjects: false })}`
  if (!check) writeFileSync(file, text)
  else if (read(file) !== text) {
    process.stderr.write(`${file.pathname} is not current: run make generate\n`)
    process.exitCode = 1
  }
}
