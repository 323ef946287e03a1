import { describe, expect, test } from '@jest/globals'
import { lonely, podName, serving, snapshot } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'

const { begin, code } = useStage()

/** A life with a bootstrap, a failure, signals and rests; the last one is told that its history is long. */
const lived = async (runId: string): Promise<Story> => {
  const story = await begin(snapshot({ members: [lonely(0)] }), {}, undefined, runId)
  await story.until('bootstrap')
  await story.signal({ why: 'pod set' })
  Object.assign(story.world.on, { join: failing('MemberRefused', 'no') })
  story.world.found = serving({ members: serving().members.slice(0, 1).concat(lonely(1), lonely(2)) })
  await story.settle()
  await story.sleep()
  await story.settle()
  await story.signal({ why: 'service', objects: true })
  story.suggestContinueAsNew = true
  await story.settle()
  await story.end()
  return story
}

test('the same history gives the same commands', async () => {
  const first = await lived('run-a')
  const second = await lived('run-a')
  expect(first.steps).toContain(`bootstrap ${podName(0)}`)
  expect(first.continuedWith).toBeDefined()
  expect(JSON.stringify(second.commands)).toBe(JSON.stringify(first.commands))
})

describe('the bundle of the workflows', () => {
  test('holds our workflow', () => {
    expect(code()).toContain('./workflows/mysql-cluster.ts')
  })

  test.each([
    'mysql2',
    '@kubernetes/client-node',
    'pino',
    'undici',
    '@temporalio/client',
    '@temporalio/activity',
    'yaml',
    'zod',
  ])('does not reach %s', (name) => {
    expect(code()).not.toContain(`./node_modules/${name}/`)
  })

  test('reaches of our own code only the pure rooms', () => {
    const ours = new Set(
      [...code().matchAll(/"\.\/(crds|src|workflows|activities|deploy)\/([a-z-]+)/g)].map(([, a, b]) =>
        a === 'src' ? `src/${b}` : String(a),
      ),
    )
    expect(ours).toContain('src/domain')
    expect([...ours].filter((room) => !['crds', 'src/domain', 'workflows'].includes(room))).toEqual([])
  })
})
