import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export interface Import {
  /** A file of ours, relative to the root, or the name of a package. */
  readonly from: string
  readonly typesOnly: boolean
}

export interface Source {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?from\s+)?'([^']+)'/gm
const DYNAMIC = /\bimport\('([^']+)'\)/g

const target = (path: string, from: string): string =>
  from.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), from)) : from

const importsOf = (path: string, text: string): readonly Import[] => [
  ...[...text.matchAll(STATEMENT)].map(([, type, from = '']) => ({
    from: target(path, from),
    typesOnly: type !== undefined,
  })),
  ...[...text.matchAll(DYNAMIC)].map(([, from = '']) => ({ from: target(path, from), typesOnly: false })),
]

/** The TypeScript sources under the given folders. */
export const readSources = (...folders: readonly string[]): readonly Source[] =>
  folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(relative(ROOT, entry.parentPath), entry.name))
      .map((path) => {
        const text = readFileSync(join(ROOT, path), 'utf8')
        return { path, text, imports: importsOf(path, text) }
      }),
  )

/** The top folder of a file of ours: `src/domain`, `crds`; undefined for a package. */
export const roomOf = (path: string): string | undefined => {
  const room = /^(src\/[^/]+(?=\/)|src|crds|workflows|activities|deploy|test)\//.exec(path)?.[1]
  return room ?? (dirname(path) === 'src' ? 'src' : undefined)
}
