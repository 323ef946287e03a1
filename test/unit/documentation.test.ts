import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import { PHASES } from '../../crds/mysqlcluster-status.ts'
import { systemClock } from '../../src/clock.ts'
import { ERRORS } from '../../src/domain/errors.ts'
import { createClusterMetrics } from '../../src/observer/metrics.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
const pages = [...markdownIn('.'), ...markdownIn('docs')]

/** A page without its blocks of code. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '')

/** The rows of the table whose first line is `head`, as cells; empty when there is no such table. */
const table = (path: string, head: string): readonly (readonly string[])[] => {
  const lines = read(path).split('\n')
  const start = lines.indexOf(head)
  const rows = start < 0 ? [] : lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end < 0 ? rows.length : end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** The words in backticks in the first column of a table. */
const subjects = (rows: readonly (readonly string[])[]): readonly string[] =>
  rows.flatMap(([first = '']) => [...first.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)).toSorted()

/** The keys of a literal in a source that is not exported: from `opening` to the brace that ends it. */
const keysOf = (path: string, opening: string): readonly string[] => {
  const [, body = ''] = read(path).split(opening)
  const [literal = ''] = body.split(/^}/m)
  return [...literal.matchAll(/^ {2}(\w+): /gm)].map(([, key = '']) => key).toSorted()
}

describe('docs/errors.md', () => {
  const rows = table('docs/errors.md', '| code | meaning | remedy | retried |')

  test('has the table of errors, row by row, in its words', () => {
    const expected = Object.entries(ERRORS).map(([code, { meaning, remedy, retryable }]) => [
      `\`${code}\``,
      meaning,
      remedy,
      retryable ? 'yes' : 'no',
    ])
    expect(rows).toEqual(expected)
  })
})

describe('docs/states.md', () => {
  const rows = table('docs/states.md', '| state | and | phase | reason | Ready | Healthy |')

  test('tells of every phase when it is, and of no other', () => {
    const described = new Set(rows.map(([, , phase]) => phase))
    expect([...described].toSorted()).toEqual([...PHASES].toSorted())
  })

  test('tells of everything that keeps members from starting', () => {
    const found = [...read('src/domain/trouble.ts').matchAll(/finding\(\s*'(\w+)'/g)].map(([, reason = '']) => reason)
    expect(found.length).toBeGreaterThan(5)
    const described = table('docs/states.md', '| reason | field named in the message | found by |')
    expect(subjects(described.map(([reason = '']) => [reason]))).toEqual([...new Set(found)].toSorted())
  })

  test('leaves no phase without advice in docs/operations.md', () => {
    const advised = table('docs/operations.md', '| phase | what it means | what to do |').map(([phase]) => phase)
    expect(advised.toSorted()).toEqual([...PHASES].toSorted())
  })
})

describe('docs/configuration.md', () => {
  test('has every variable of the environment, and no other', () => {
    const variables = keysOf('src/settings.ts', 'EnvironmentSchema = z.object({')
    expect(variables).toContain('TEMPORAL_ADDRESS')
    expect(subjects(table('docs/configuration.md', '| variable | default | meaning |'))).toEqual(variables)
  })

  test('has every setting that is refused, and no other', () => {
    const forced = keysOf('src/domain/settings.ts', 'const FORCED: Readonly<Record<string, string>> = {')
    expect(forced).toContain('gtid_mode')
    expect(subjects(table('docs/configuration.md', '| setting | value | reason |'))).toEqual(forced)
  })
})

describe('docs/metrics.md', () => {
  test('has every metric of clusters, and no other', () => {
    const registry = new Registry()
    createClusterMetrics(registry, systemClock, () => [])
    const names = registry.getMetricsAsArray().map(({ name }) => name)
    const described = table('docs/metrics.md', '| metric | type | labels | meaning |').map(([name = '']) => [name])
    expect(subjects(described)).toEqual(names.toSorted())
  })
})

/** The anchors of a page, as GitHub makes them from its headings. */
const anchorsOf = (path: string): readonly string[] =>
  [...prose(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

describe.each(pages)('%s', (page) => {
  const links = [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#')
      return { target, path: file === '' ? page : join(dirname(page), file), anchor }
    })

  test('links to files that exist', () => {
    expect(links.filter(({ path }) => !existsSync(join(ROOT, path))).map(({ target }) => target)).toEqual([])
  })

  test('links to headings that exist', () => {
    const astray = links.filter(
      ({ path, anchor }) =>
        anchor !== undefined &&
        path.endsWith('.md') &&
        existsSync(join(ROOT, path)) &&
        !anchorsOf(path).includes(anchor),
    )
    expect(astray.map(({ target }) => target)).toEqual([])
  })
})
