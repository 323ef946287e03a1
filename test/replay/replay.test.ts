import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { WorkflowBundle } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { createAuthority } from '../../src/pki/certificates.ts'
import { realCredentials } from '../../src/pki/credentials.ts'
import { chaptersOf } from './chapters.ts'
import { readRecorded, recordedNames } from './files.ts'
import { bundleOf, bundleWith, type Change, replay, silence } from './replay.ts'
import { isSecret, textsIn } from './secrets.ts'

jest.setTimeout(60_000)
beforeAll(silence)

const names = recordedNames()
const telling = (chapter: string): string => names.find((name) => name.includes(chapter)) ?? `none of ${chapter}`

describe("today's workflows give the commands that were recorded", () => {
  let today: WorkflowBundle
  beforeAll(async () => {
    today = await bundleOf()
  })

  test.each(names)('%s', async (name) => {
    expect(await replay(today, readRecorded(name))).toBeUndefined()
  })
})

describe('the recorded histories', () => {
  test.each([
    'creation-of-one',
    'creation-of-three',
    'failover',
    'worker-death',
    'refused-',
    'deletion',
    'continued-as-new',
    'continued-from-before',
  ])('tell of %s', (chapter) => {
    expect(names.filter((name) => name.includes(chapter))).not.toEqual([])
  })

  test.each(names)('%s holds no password and no private key', (name) => {
    expect(textsIn(readRecorded(name).history).filter(isSecret)).toEqual([])
  })

  test('a password and a private key would be found', async () => {
    const { privateKey } = await createAuthority('test', 1)
    expect(
      [`{"why":"${realCredentials.password()}"}`, JSON.stringify({ privateKey }), 'Secret a-system'].map(isSecret),
    ).toEqual([true, true, false])
  })

  test.each(names)('%s tells what its name says', (name) => {
    expect(name.replace(/^[^/]+\//, '')).toBe(chaptersOf(readRecorded(name).history).join('.'))
  })
})

describe('a changed workflow is found out', () => {
  const changes: readonly (readonly [string, Change & { readonly by: string }])[] = [
    [
      'a step is taken before the publication instead of beside it',
      {
        file: 'workflows/mysql-cluster.ts',
        from: 'const published = publish(ref, state, reportOf(judged, diagnosis))',
        to: 'await take(ref, state, step); const published = publish(ref, state, reportOf(judged, diagnosis))',
        by: 'creation-of-three',
      },
    ],
    [
      'a decision names another next step',
      {
        file: 'src/domain/plan.ts',
        from: "return { kind: 'Join', pod:",
        to: "return { kind: 'RecordGroup', seed:",
        by: 'creation-of-three',
      },
    ],
    [
      'a run that is long goes on',
      {
        file: 'workflows/mysql-cluster.ts',
        from: 'workflowInfo().continueAsNewSuggested',
        to: 'false',
        by: 'continued-as-new',
      },
    ],
  ]

  test.each(changes)('%s', async (_, { by, ...change }) => {
    const error = await replay(await bundleWith(change), readRecorded(telling(by)))
    expect(error).toBeInstanceOf(DeterminismViolationError)
  })
})
