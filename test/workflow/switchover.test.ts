import { describe, expect, test } from '@jest/globals'
import { workflowId } from '../../src/domain/names.ts'
import { type Procedure, procedureId } from '../../src/domain/procedure.ts'
import { podName, REF } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { beginProcedure } = useStage()
const [OLD, NEW] = [podName(0), podName(1)]
const SWITCHOVER: Procedure = {
  kind: 'switchover',
  subject: NEW,
  why: 'MySQLOperation hand-over asks for it',
  operation: { name: 'hand-over', uid: 'op-1' },
}
const REJOIN: Procedure = { kind: 'rejoin', subject: NEW, why: 'it is outside' }

const done = { beginProcedure: () => true, handOver: () => ({ from: OLD }), verifyPrimary: () => ({ unfinished: [] }) }
const lived = async (procedure: Procedure, on: World['on']): Promise<Story> =>
  (await beginProcedure(procedure, on)).settle()
const noted = (story: Story) => story.asked.find(({ activity }) => activity === 'endProcedure')?.args
const toCluster = (procedure: Procedure, kind: 'Succeeded' | 'Failed') => [
  { workflow: workflowId(REF), signal: 'procedureEnded', input: [procedureId(REF, procedure), kind] },
]

describe('a switchover', () => {
  test('goes on record, hands over, sees that all follows, notes how it ended, and tells the cluster', async () => {
    const story = await lived(SWITCHOVER, done)
    const outcome = { kind: 'Succeeded', message: `${NEW} is the primary now; before, ${OLD} was.` }
    expect(story.asked.map(({ activity, args }) => [activity, ...args])).toEqual([
      ['beginProcedure', REF, SWITCHOVER],
      ['handOver', REF, NEW],
      ['verifyPrimary', REF, NEW],
      ['endProcedure', REF, SWITCHOVER, outcome],
    ])
    expect(story.told).toEqual(toCluster(SWITCHOVER, 'Succeeded'))
    expect(story.outcome).toEqual(outcome)
    expect(await story.details()).toContain(`**Succeeded:** ${NEW} is the primary now`)
  })

  test('labels each step for whoever looks on', async () => {
    const story = await lived(SWITCHOVER, done)
    expect(story.asked.map(({ summary }) => summary)).toEqual([
      'go on record',
      `hand the primary role to ${NEW}`,
      `see that group, write Service and labels follow ${NEW}`,
      'note how it ended: Succeeded',
    ])
  })

  test('says nothing of a primary before that it does not know: a try that died had handed over', async () => {
    const story = await lived(SWITCHOVER, { ...done, handOver: () => ({ from: NEW }) })
    expect(story.outcome).toEqual({ kind: 'Succeeded', message: `${NEW} is the primary now.` })
  })

  test('that is refused by fresh evidence has failed with the reason, and nothing is undone', async () => {
    const story = await lived(SWITCHOVER, { ...done, handOver: failing('GateClosed', `${NEW} lags`) })
    expect(story.outcome).toEqual({ kind: 'Failed', message: `${NEW} lags` })
    expect(noted(story)).toEqual([REF, SWITCHOVER, story.outcome])
    expect(story.steps).not.toContain(`handOver ${OLD}`)
    expect(story.told).toEqual(toCluster(SWITCHOVER, 'Failed'))
  })

  test('that not all follows is undone', async () => {
    const story = await lived(SWITCHOVER, {
      ...done,
      verifyPrimary: () => ({ unfinished: [`${NEW} takes no writes`] }),
    })
    expect(story.steps.filter((step) => step.startsWith('handOver'))).toEqual([`handOver ${NEW}`, `handOver ${OLD}`])
    expect(story.outcome).toEqual({
      kind: 'Failed',
      message: `Undone, ${OLD} is the primary again: ${NEW} takes no writes.`,
    })
  })

  test('that cannot be undone says both reasons', async () => {
    const story = await lived(SWITCHOVER, {
      ...done,
      handOver: (_, to) => (to === NEW ? { from: OLD } : failing('GateClosed', `${OLD} is gone`)()),
      verifyPrimary: () => ({ unfinished: [`${NEW} takes no writes`] }),
    })
    expect(story.outcome).toEqual({
      kind: 'Failed',
      message: `${NEW} is not fully the primary: ${NEW} takes no writes. It could not be undone: ${OLD} is gone.`,
    })
    expect(noted(story)).toEqual([REF, SWITCHOVER, story.outcome])
  })

  test('that nobody knows how to undo stays, and has failed', async () => {
    const story = await lived(SWITCHOVER, {
      ...done,
      handOver: () => ({ from: NEW }),
      verifyPrimary: () => ({ unfinished: ['the write Service selects nothing'] }),
    })
    expect(story.steps.filter((step) => step.startsWith('handOver'))).toEqual([`handOver ${NEW}`])
    expect(story.outcome?.kind).toBe('Failed')
  })
})

describe('a rejoin', () => {
  test('starts Group Replication and tells the state that came of it', async () => {
    const story = await lived(REJOIN, { beginProcedure: () => true, join: () => ({ state: 'RECOVERING' }) })
    expect(story.steps).toEqual(['beginProcedure', `join ${NEW}`, 'endProcedure'])
    expect(story.outcome).toEqual({ kind: 'Succeeded', message: `${NEW} is RECOVERING in the group.` })
    expect(story.told).toEqual(toCluster(REJOIN, 'Succeeded'))
  })

  test('that fails says why', async () => {
    const join = failing('MemberRefused', 'error 3092')
    const story = await lived(REJOIN, { beginProcedure: () => true, join })
    expect(noted(story)).toEqual([REF, REJOIN, { kind: 'Failed', message: 'error 3092' }])
    expect(story.told).toEqual(toCluster(REJOIN, 'Failed'))
  })
})

describe('any procedure', () => {
  test('for which there is no need any more ends without a trace', async () => {
    const story = await lived(SWITCHOVER, { ...done, beginProcedure: () => false })
    expect(story.steps).toEqual(['beginProcedure'])
    expect(story.outcome).toEqual({ kind: 'Succeeded', message: 'There was nothing to do any more.' })
    expect(story.told).toEqual(toCluster(SWITCHOVER, 'Succeeded'))
  })

  test('does nothing while another one is on record, and touches neither that nor what asked for it', async () => {
    const story = await lived(SWITCHOVER, {
      ...done,
      beginProcedure: failing('GateClosed', 'another procedure is under way'),
    })
    expect(story.steps).toEqual(['beginProcedure'])
    expect(story.told).toEqual(toCluster(SWITCHOVER, 'Failed'))
  })

  test('ends although the workflow of its cluster exists no more', async () => {
    const story = await beginProcedure(SWITCHOVER, done)
    story.isAlone = true
    await story.settle()
    expect(story.ended).toBe('completed')
    expect(story.outcome?.kind).toBe('Succeeded')
  })

  test('that a person cancels waits for the step under way, does no other one, and notes how it ended', async () => {
    const story = await (await beginProcedure(SWITCHOVER, done)).until('handOver')
    await story.cancel()
    expect(story.ended).toBeUndefined()
    expect(story.pending).toEqual(['handOver'])
    await story.settle()
    expect(story.steps).toEqual(['beginProcedure', `handOver ${NEW}`, 'endProcedure'])
    const message = 'Cancelled by a person; a step that was under way has been finished.'
    expect(noted(story)).toEqual([REF, SWITCHOVER, { kind: 'Failed', message }])
    expect(story.told).toEqual(toCluster(SWITCHOVER, 'Failed'))
    expect(story.ended).toBe('completed')
  })

  test('that a person cancels as it goes on record leaves no record behind', async () => {
    const story = await beginProcedure(SWITCHOVER, done)
    await story.cancel()
    await story.settle()
    expect(story.steps).toEqual(['beginProcedure', 'endProcedure'])
    expect(story.outcome?.kind).toBe('Failed')
  })
})
