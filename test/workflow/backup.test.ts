import { describe, expect, test } from '@jest/globals'
import { CancelledFailure } from '@temporalio/common'
import type { BackupOutcome } from '../../activities/backup.ts'
import type { VerificationOutcome } from '../../activities/verify.ts'
import { backupWorkflowId } from '../../src/domain/backup.ts'
import { workflowId } from '../../src/domain/names.ts'
import type { Procedure } from '../../src/domain/procedure.ts'
import { podName, REF, serving } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, type Story } from './stage/story.ts'
import type { World } from './stage/types.ts'

const { begin, beginBackup, beginProcedure } = useStage()
const BACKUP = { name: 'nightly', uid: 'b-1' }
const COMPLETED: BackupOutcome = { kind: 'Completed', status: { donor: podName(1), bytes: 5, parts: 1 } }
const LOST: BackupOutcome = { kind: 'Failed', message: 'AgentFailed: its pod is lost.', again: true }
const REFUSED: BackupOutcome = { kind: 'Failed', message: 'StoreRefused: NoSuchBucket.', again: false }

/** A backup whose tries end one after the other as told. */
const made = (outcomes: readonly BackupOutcome[], on: World['on'] = {}): Promise<Story> => {
  const left = [...outcomes]
  return beginBackup(BACKUP, {
    beginBackup: () => ({ kind: 'Begun', donor: podName(1) }),
    watchBackup: () => left.shift() ?? COMPLETED,
    ...on,
  })
}
const acts = (story: Story): readonly string[] => story.asked.map(({ activity }) => activity)
const ends = (story: Story): readonly unknown[] =>
  story.asked.filter(({ activity }) => activity === 'endBackup').map(({ args }) => args[2])

describe('a backup', () => {
  test('is begun, watched and noted, and its cluster is told', async () => {
    const story = await (await made([COMPLETED])).settle()
    expect(acts(story)).toEqual(['beginBackup', 'watchBackup', 'endBackup'])
    expect(ends(story)).toEqual([COMPLETED])
    expect(story.told).toEqual([
      { workflow: workflowId(REF), signal: 'lookAgain', input: [{ why: 'MySQLBackup nightly has ended' }] },
    ])
  })

  test('that lost its pod is made once more, with a Job of its own', async () => {
    const story = await (await made([LOST, COMPLETED])).settle()
    expect(acts(story)).toEqual([
      'beginBackup',
      'watchBackup',
      'removeBackupJob',
      'beginBackup',
      'watchBackup',
      'endBackup',
    ])
    const tries = story.asked.filter(({ activity }) => activity === 'beginBackup').map(({ args }) => args[1])
    expect(tries).toEqual([
      { backup: BACKUP, number: 1 },
      { backup: BACKUP, number: 2 },
    ])
    expect(ends(story)).toEqual([COMPLETED])
  })

  test('is given up after three tries', async () => {
    const story = await (await made([LOST, LOST, LOST, LOST])).settle()
    expect(acts(story).filter((activity) => activity === 'watchBackup')).toHaveLength(3)
    expect(ends(story)).toEqual([LOST])
  })

  test('that its store refuses is not tried again', async () => {
    const story = await (await made([REFUSED])).settle()
    expect(acts(story)).toEqual(['beginBackup', 'watchBackup', 'endBackup'])
    expect(ends(story)).toEqual([REFUSED])
  })

  test('that cannot be begun fails with the reason', async () => {
    const story = await made([], { beginBackup: failing('RequestRefused', 'the cluster has no store nowhere') })
    await story.settle()
    expect(ends(story)).toEqual([{ kind: 'Failed', message: 'the cluster has no store nowhere', again: false }])
  })

  test('waits while nobody can be copied, and counts no try for it', async () => {
    let busy = true
    const story = await made([COMPLETED], {
      beginBackup: () => (busy ? { kind: 'Later', why: 'nobody is free' } : { kind: 'Begun', donor: podName(1) }),
    })
    await story.settle()
    expect(story.rest).toEqual({ ms: 15_000, label: 'nobody is free' })
    busy = false
    await story.sleep()
    await story.settle()
    expect(story.asked.filter(({ activity }) => activity === 'beginBackup').at(-1)?.args[1]).toMatchObject({
      number: 1,
    })
    expect(ends(story)).toEqual([COMPLETED])
  })

  test('that a person cancels ends at once, and is noted', async () => {
    const cancelled = (): never => {
      throw new CancelledFailure('a person asked')
    }
    const story = await (await made([], { watchBackup: cancelled })).until('watchBackup')
    await story.cancel()
    await story.settle()
    expect(acts(story)).toEqual(['beginBackup', 'watchBackup', 'endBackup'])
    expect(ends(story)).toEqual([{ kind: 'Failed', message: 'Cancelled by a person.', again: false }])
  })
})

describe('a backup that is to be verified', () => {
  const PROVEN: VerificationOutcome = { kind: 'Verified', proof: { checked: 300, compared: 2, rows: 900 } }
  const BROKEN: VerificationOutcome = {
    ...{ kind: 'Failed', code: 'BackupBroken', message: 'BackupBroken: a part was changed', again: false },
  }
  const AWAY: VerificationOutcome = {
    ...{ kind: 'Failed', code: 'AgentFailed', message: 'AgentFailed: its pod is lost', again: true },
  }
  const verified = async (outcomes: readonly VerificationOutcome[], on: World['on'] = {}): Promise<Story> => {
    const left = [...outcomes]
    const story = await made([COMPLETED], {
      endBackup: () => ({ verify: true }),
      beginVerification: () => ({ kind: 'Begun' }),
      watchVerification: () => left.shift() ?? PROVEN,
      ...on,
    })
    return story.settle()
  }
  const found = (story: Story): readonly unknown[] =>
    story.asked.filter(({ activity }) => activity === 'endVerification').map(({ args }) => args[2])

  test('is complete first, and then restored and compared', async () => {
    const story = await verified([PROVEN])
    expect(acts(story)).toEqual([
      ...['beginBackup', 'watchBackup', 'endBackup'],
      ...['beginVerification', 'watchVerification', 'endVerification'],
    ])
    expect(found(story)).toEqual([PROVEN])
  })

  test('is not looked at again when it was found broken', async () => {
    expect(found(await verified([BROKEN]))).toEqual([BROKEN])
  })

  test('is looked at again, up to three times, when that failed by itself', async () => {
    const story = await verified([AWAY, AWAY, AWAY, PROVEN])
    expect(acts(story).filter((activity) => activity === 'watchVerification')).toHaveLength(3)
    expect(found(story)).toEqual([AWAY])
  })

  test('is not made once more when it is made already', async () => {
    const story = await verified([PROVEN], { beginBackup: () => ({ kind: 'Made' }) })
    expect(acts(story)).toEqual(['beginBackup', 'beginVerification', 'watchVerification', 'endVerification'])
  })

  test('is noted as not verified when its store refuses', async () => {
    const story = await verified([], { beginVerification: failing('StoreRefused', 'there is no Secret store') })
    expect(found(story)).toEqual([
      { kind: 'Failed', code: 'StoreRefused', message: 'there is no Secret store', again: false },
    ])
  })

  test('has nothing written about it when it is gone meanwhile', async () => {
    expect(found(await verified([], { beginVerification: () => ({ kind: 'Over', why: 'gone' }) }))).toEqual([])
  })
})

describe('the workflow of a cluster', () => {
  const backups = [BACKUP]

  test('begins a backup once, and rests beside it', async () => {
    const story = await begin(serving({ backups }))
    await story.settle()
    expect(story.children.map(({ type, id }) => ({ type, id }))).toEqual([
      { type: 'backup', id: backupWorkflowId(REF, BACKUP) },
    ])
    await story.signal({ why: 'something else' })
    await story.settle()
    expect(story.children).toHaveLength(1)
    expect(story.rest?.ms).toBeGreaterThan(60_000)
  })

  test('begins at once what is asked of a backup that it has made before', async () => {
    const story = await begin(serving({ backups }))
    await story.settle()
    story.world.found = serving({ backups: [{ ...BACKUP, phase: 'Completed' }] })
    await story.signal({ why: 'MySQLBackup nightly set' })
    await story.settle()
    expect(story.children.map(({ id }) => id)).toEqual(Array(2).fill(backupWorkflowId(REF, BACKUP)))
    await story.signal({ why: 'something else' })
    await story.settle()
    expect(story.children).toHaveLength(2)
  })

  test('begins the next one when the first has ended', async () => {
    const story = await begin(serving({ backups: [BACKUP, { name: 'second', uid: 'b-2' }] }))
    await story.settle()
    story.world.found = serving({ backups: [{ name: 'second', uid: 'b-2' }] })
    await story.signal({ why: 'MySQLBackup nightly has ended' })
    await story.settle()
    expect(story.children.map(({ id }) => id.split('/').at(-1))).toEqual(['b-1', 'b-2'])
  })

  test('makes sure of it again after a while: somebody may have ended its workflow', async () => {
    const story = await begin(serving({ backups }))
    await story.settle()
    story.now += 11 * 60_000
    await story.signal({ why: 'resync' })
    await story.settle()
    expect(story.children.map(({ id }) => id)).toEqual(Array(2).fill(backupWorkflowId(REF, BACKUP)))
  })
})

describe('a restore', () => {
  const RESTORE: Procedure = { kind: 'restore', subject: podName(0), why: 'spec.restoreFrom says what it is made from' }
  const on: World['on'] = {
    beginProcedure: () => true,
    beginRestore: () => ({ kind: 'Begun', path: 'a/b' }),
    watchRestore: () => ({ kind: 'Done', version: '9.7.0', bytes: 5 }),
  }
  const lived = async (over: World['on'] = {}): Promise<Story> =>
    (await beginProcedure(RESTORE, { ...on, ...over })).settle()

  test('fills the volume, and notes that before it ends', async () => {
    const story = await lived()
    expect(acts(story)).toEqual(['beginProcedure', 'beginRestore', 'watchRestore', 'endRestore', 'endProcedure'])
    expect(story.outcome).toMatchObject({ kind: 'Succeeded' })
  })

  test('of a backup that is broken is noted as such, and has failed', async () => {
    const broken = { kind: 'Failed', code: 'BackupBroken', message: 'a part was changed.', final: true } as const
    const story = await lived({ watchRestore: () => broken })
    expect(story.asked.find(({ activity }) => activity === 'endRestore')?.args[1]).toEqual(broken)
    expect(story.outcome).toEqual({ kind: 'Failed', message: 'BackupBroken: a part was changed.' })
  })

  test('that has nothing to do any more writes nothing', async () => {
    const story = await lived({ beginRestore: () => ({ kind: 'Over' }) })
    expect(acts(story)).toEqual(['beginProcedure', 'beginRestore', 'endProcedure'])
  })
})
