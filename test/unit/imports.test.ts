import { describe, expect, test } from '@jest/globals'
import { type Import, readSources, roomOf, type Source } from '../support/sources.ts'

const sources = readSources('crds', 'src', 'workflows', 'activities', 'deploy', 'test')
const within = (folder: string): readonly Source[] => sources.filter(({ path }) => path.startsWith(`${folder}/`))

/** The imports of a folder that break its rule, as `file → target`. */
const broken = (folder: string, allowed: (one: Import, room: string | undefined) => boolean): readonly string[] =>
  within(folder).flatMap(({ path, imports }) =>
    imports.filter((one) => !allowed(one, roomOf(one.from))).map(({ from }) => `${path} → ${from}`),
  )
/** Jest takes a default export only. */
const JEST_SETUP = ['test/e2e/setup.ts', 'test/apiserver/setup.ts']

test('there are sources to look at, and their imports are seen', () => {
  expect(sources.length).toBeGreaterThan(80)
  expect(within('workflows').flatMap(({ imports }) => imports)).toContainEqual({
    from: 'activities/index.ts',
    typesOnly: true,
  })
  expect(within('src').flatMap(({ imports }) => imports)).toContainEqual({ from: 'src/operator.ts', typesOnly: false })
})

describe('each folder imports what its rule allows', () => {
  test('crds: nothing of ours', () => {
    expect(broken('crds', (_, room) => room === undefined || room === 'crds')).toEqual([])
  })

  test('src/domain: crds and itself; of packages only types', () => {
    const pure = ({ typesOnly }: Import, room: string | undefined): boolean =>
      room === undefined ? typesOnly : ['crds', 'src/domain'].includes(room)
    expect(broken('src/domain', pure)).toEqual([])
  })

  test('workflows: crds, src/domain, itself, types of activities, and of packages only @temporalio/workflow', () => {
    const deterministic = ({ from, typesOnly }: Import, room: string | undefined): boolean =>
      room === undefined
        ? from === '@temporalio/workflow'
        : ['crds', 'src/domain', 'workflows'].includes(room) || (room === 'activities' && typesOnly)
    expect(broken('workflows', deterministic)).toEqual([])
  })

  test('activities: crds and src', () => {
    const allowed = (_: Import, room: string | undefined): boolean =>
      room === undefined || room === 'crds' || room === 'activities' || room.startsWith('src')
    expect(broken('activities', allowed)).toEqual([])
  })

  test('src: never a workflow; of its folder only the types of messages and state', () => {
    const apart = ({ typesOnly }: Import, room: string | undefined): boolean => room !== 'workflows' || typesOnly
    expect(broken('src', apart)).toEqual([])
  })

  test('nothing that is deployed imports a test or the local cluster', () => {
    for (const folder of ['crds', 'src', 'workflows', 'activities'])
      expect(broken(folder, (_, room) => room !== 'test' && room !== 'deploy')).toEqual([])
  })
})

describe('every source', () => {
  const offenders = (is: (source: Source) => boolean): readonly string[] => sources.filter(is).map(({ path }) => path)

  test('fits in 300 lines', () => {
    expect(offenders(({ text }) => text.split('\n').length > 300)).toEqual([])
  })

  test('names what it exports', () => {
    expect(offenders(({ path, text }) => !JEST_SETUP.includes(path) && /^export default\b/m.test(text))).toEqual([])
  })

  test('logs through its log, and prints only where a person runs it', () => {
    const spoken = /^(deploy\/|src\/cli\/|test\/)/
    expect(offenders(({ path, text }) => !spoken.test(path) && /\bconsole\s*\./.test(text))).toEqual([])
  })

  test('is not lax about types', () => {
    const lax = /@ts-(ignore|nocheck|expect-error)|\bas any\b|: any\b/
    expect(offenders(({ path, text }) => path !== 'test/unit/imports.test.ts' && lax.test(text))).toEqual([])
  })

  test('in src/domain has no clock, no randomness and no I/O', () => {
    const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bprocess\.|\bfetch\(/
    expect(offenders(({ path, text }) => path.startsWith('src/domain/') && impure.test(text))).toEqual([])
  })
})
