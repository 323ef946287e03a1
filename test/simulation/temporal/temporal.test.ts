import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ApplicationFailure } from '@temporalio/common'
import type { Sandbox } from '../../support/sandbox.ts'
import { createStage, openStage } from './stage/stage.ts'

jest.setTimeout(30_000)
let sandbox: Sandbox
let stage: ReturnType<typeof createStage>
const begin = (): ReturnType<typeof createStage> => {
  stage = createStage(sandbox)
  return stage
}
beforeAll(async () => {
  sandbox = await openStage()
})
afterEach(() => stage.end())
afterAll(() => sandbox.close())

const SECOND = 1_000
const news = (workflowId: string, text: string) => ({
  ...{ workflowType: 'keeper', workflowId, args: [], signal: 'note', signalArgs: [text] },
})

describe('signalWithStart', () => {
  test('starts a workflow once, and then signals the one that runs', async () => {
    const { temporal, hire, pass } = begin()
    hire('worker')
    temporal.signalWithStart(news('a', 'one'))
    await pass(SECOND)
    temporal.signalWithStart(news('a', 'two'))
    await pass(SECOND)
    expect(temporal.runs).toHaveLength(1)
    expect(await temporal.query('a', 'notes')).toEqual(['one', 'two'])
  })

  test('does not start one that completed, but one that was terminated', async () => {
    const { temporal, hire, pass } = begin()
    hire('worker')
    temporal.signalWithStart(news('done', 'end'))
    temporal.signalWithStart(news('ended', 'one'))
    await pass(SECOND)
    expect(temporal.outcome('done')).toEqual({ kind: 'Completed', result: ['end'] })
    expect(() => temporal.signalWithStart(news('done', 'more'))).toThrow('done')
    await temporal.terminate('ended')
    temporal.signalWithStart(news('ended', 'two'))
    await pass(SECOND)
    expect(await temporal.query('ended', 'notes')).toEqual(['two'])
  })

  test('fails while the server is away', () => {
    const { temporal } = begin()
    temporal.away = true
    expect(() => temporal.signalWithStart(news('a', 'one'))).toThrow('does not answer')
  })
})

test('continuing as new keeps the signals that come at that very moment', async () => {
  const { temporal, hire, pass } = begin()
  hire('worker')
  temporal.faults.suggestsContinueAsNew = () => true
  for (let count = 0; count < 200; count += 1) {
    temporal.signalWithStart(news('a', `${count}`))
    await pass(8)
  }
  temporal.faults.suggestsContinueAsNew = () => false
  await pass(SECOND)
  expect(temporal.runs.length).toBeGreaterThan(15)
  expect(await temporal.query('a', 'notes')).toEqual(Array.from({ length: 200 }, (_, count) => `${count}`))
})

describe('an activity', () => {
  const started = async () => {
    const it = begin()
    const first = it.hire('worker 1')
    it.temporal.start('worker', 'w', ['name'])
    await it.pass(SECOND)
    return { ...it, first }
  }

  test('has its result told to the workflow', async () => {
    const { tries, temporal, pass } = await started()
    expect(tries).toMatchObject([{ activity: 'work', args: ['name'], attempt: 1 }])
    tries[0]?.done('result')
    await pass(SECOND)
    expect(temporal.outcome('w')).toEqual({ kind: 'Completed', result: 'result' })
  })

  test('is tried again after it failed, as often as its policy says', async () => {
    const { tries, temporal, pass } = await started()
    for (const attempt of [1, 2, 3]) {
      expect(tries.at(-1)?.attempt).toBe(attempt)
      tries.at(-1)?.failed(new Error('no'))
      await pass(5 * SECOND)
    }
    expect(tries).toHaveLength(3)
    expect(temporal.outcome('w')).toEqual({ kind: 'Failed' })
  })

  test('is not tried again after a failure that is final', async () => {
    const { tries, temporal, pass } = await started()
    tries[0]?.failed(ApplicationFailure.create({ type: 'GateClosed', nonRetryable: true }))
    await pass(5 * SECOND)
    expect(tries).toHaveLength(1)
    expect(temporal.outcome('w')).toEqual({ kind: 'Failed' })
  })

  test('that sends no heartbeat is tried again beside its first run, whose result no longer counts', async () => {
    const { tries, temporal, pass } = await started()
    tries[0]?.heartbeat('working')
    await pass(9 * SECOND)
    expect(tries).toHaveLength(1)
    await pass(5 * SECOND)
    expect(tries).toHaveLength(2)
    tries[0]?.done('too late')
    await pass(SECOND)
    expect(temporal.outcome('w')).toBeUndefined()
    tries[1]?.done('in time')
    await pass(SECOND)
    expect(temporal.outcome('w')).toEqual({ kind: 'Completed', result: 'in time' })
  })

  test('that beats ends at its time-out all the same', async () => {
    const { tries, pass } = await started()
    for (let beats = 0; beats < 14; beats += 1) {
      tries[0]?.heartbeat('working')
      await pass(5 * SECOND)
    }
    expect(tries).toHaveLength(2)
  })

  test('of a worker that died is tried by another one', async () => {
    const { tries, first, hire, pass, temporal } = await started()
    first.die('killed')
    tries[0]?.done('from the dead')
    await pass(30 * SECOND)
    expect(tries).toHaveLength(1)
    hire('worker 2')
    await pass(SECOND)
    expect(tries).toMatchObject([{ by: { name: 'worker 1' } }, { by: { name: 'worker 2' }, attempt: 2 }])
    tries[1]?.done('by the second')
    await pass(30 * SECOND)
    expect(temporal.outcome('w')).toEqual({ kind: 'Completed', result: 'by the second' })
  })

  test('tells its result once the server is back', async () => {
    const { tries, temporal, pass } = await started()
    temporal.away = true
    tries[0]?.done('result')
    await pass(5 * SECOND)
    expect(temporal.outcome('w')).toBeUndefined()
    temporal.away = false
    await pass(SECOND)
    expect(temporal.outcome('w')).toEqual({ kind: 'Completed', result: 'result' })
  })
})

describe('children', () => {
  test('that are abandoned outlive their parent, and hear their parent and strangers', async () => {
    const { temporal, hire, pass } = begin()
    hire('worker')
    temporal.start('keeper', 'stranger', [])
    temporal.start('parent', 'parent', [])
    await pass(SECOND)
    expect(temporal.outcome('parent')).toEqual({ kind: 'Completed', result: 'child' })
    expect(await temporal.query('child', 'notes')).toEqual(['from the parent'])
    expect(await temporal.query('stranger', 'notes')).toEqual(['hello'])
  })

  test('tell their parent how they ended', async () => {
    const { temporal, hire, pass } = begin()
    hire('worker')
    temporal.start('waitsForChild', 'parent', [])
    await pass(SECOND)
    temporal.signal('child', 'note', 'end')
    await pass(SECOND)
    expect(temporal.outcome('parent')).toEqual({ kind: 'Completed', result: ['end'] })
  })

  test('of other policies end with their parent', async () => {
    const { temporal, hire, pass } = begin()
    hire('worker')
    temporal.start('waitsForChild', 'parent', [])
    await pass(SECOND)
    await temporal.terminate('parent')
    expect(temporal.outcome('child')).toEqual({ kind: 'Terminated' })
  })
})

test('a workflow that is cancelled can tidy up', async () => {
  const { temporal, hire, pass, tries } = begin()
  hire('worker')
  temporal.start('tidy', 't', [])
  await pass(SECOND)
  temporal.cancel('t')
  await pass(SECOND)
  tries[0]?.done('tidied')
  await pass(SECOND)
  expect(temporal.outcome('t')).toEqual({ kind: 'Completed', result: 'tidied' })
})

describe('living a history again', () => {
  test('goes well when the worker dies', async () => {
    const { temporal, hire, pass, broken } = begin()
    hire('worker 1').die('killed')
    temporal.signalWithStart(news('a', 'one'))
    const second = hire('worker 2')
    await pass(SECOND)
    second.die('killed')
    hire('worker 3')
    temporal.signalWithStart(news('a', 'two'))
    await pass(30 * SECOND)
    expect(await temporal.query('a', 'notes')).toEqual(['one', 'two'])
    for (const run of temporal.runs) await run.replay()
    expect(broken).toEqual([])
  })

  test('fails when the workflow says something else', async () => {
    const { temporal, hire, pass } = begin()
    hire('worker')
    temporal.signalWithStart(news('a', 'one'))
    await pass(SECOND)
    temporal.signalWithStart(news('a', 'end'))
    await pass(SECOND)
    const [run] = temporal.runs
    const [, last] = run?.tasks ?? []
    Object.assign(last ?? {}, { jobs: [{ signalWorkflow: { signalName: 'note', input: [] } }] })
    await expect(run?.replay()).rejects.toThrow('not deterministic: task 2 of 2')
  })
})
