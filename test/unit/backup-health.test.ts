import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { judgeBackups, LATE_MS, type ScheduledBackup, type ScheduleView } from '../../src/domain/backup-health.ts'

const HOUR = 3_600_000
const DUE = 1_000 * HOUR
const schedule: ScheduleView = { name: 'nightly', suspended: false, dueAt: DUE }
const backup = (over: Partial<ScheduledBackup> = {}): ScheduledBackup => ({
  ...{ name: 'shop-nightly-1', state: 'Good', schedule: 'nightly', startedAt: DUE + 1_000, finishedAt: DUE + 60_000 },
  ...over,
})
const judged = (backups: readonly ScheduledBackup[], now: number, over: Partial<ScheduleView> = {}) =>
  judgeBackups([{ ...schedule, ...over }], backups, now).reason

describe('the backups of a cluster are as declared', () => {
  test.each<[string, readonly ScheduledBackup[], number, Partial<ScheduleView>]>([
    ['before the first one is due', [], DUE - 1, {}],
    ['while one that is due may still be late', [], DUE + LATE_MS - 1, {}],
    ['when there is a good one since then', [backup()], DUE + 20 * HOUR, {}],
    ['when that was verified', [backup({ state: 'Verified' })], DUE + 20 * HOUR, {}],
    ['while the schedule is suspended', [], DUE + 20 * HOUR, { suspended: true }],
    [
      'when one was made again after a failure',
      [backup({ state: 'Failed', name: 'a', finishedAt: DUE }), backup()],
      DUE,
      {},
    ],
  ])('%s', (_, backups, now, over) => {
    expect(judged(backups, now, over)).toBe('BackedUp')
  })
})

describe('the backups of a cluster are not as declared', () => {
  test.each<[string, string, readonly ScheduledBackup[], number, Partial<ScheduleView>]>([
    ['the last one has failed', 'BackupFailed', [backup({ state: 'Failed' })], DUE, {}],
    [
      'it has failed, though the schedule is suspended',
      'BackupFailed',
      [backup({ state: 'Failed' })],
      DUE,
      { suspended: true },
    ],
    ['the last one was found broken', 'BackupBroken', [backup({ state: 'Broken' })], DUE, {}],
    ['none was made an hour after it was due', 'BackupOverdue', [], DUE + LATE_MS, {}],
    [
      'the last good one is older than what was due',
      'BackupOverdue',
      [backup({ startedAt: DUE - 24 * HOUR })],
      DUE + LATE_MS,
      {},
    ],
    [
      'only one that was made by hand is younger',
      'BackupOverdue',
      [backup({ schedule: undefined } as never)],
      DUE + LATE_MS,
      {},
    ],
    ['it has been under way ever since', 'BackupOverdue', [backup({ state: 'UnderWay' })], DUE + LATE_MS, {}],
    [
      'Temporal did not understand the schedule',
      'ScheduleRefused',
      [backup()],
      DUE,
      { refused: 'Invalid cron string' },
    ],
  ])('when %s', (_, reason, backups, now, over) => {
    expect(judged(backups, now, over)).toBe(reason)
  })

  test('and it is told when a person has paused the schedule', () => {
    expect(judgeBackups([{ ...schedule, paused: true }], [], DUE + LATE_MS).message).toMatch(/paused in Temporal/)
  })
})

test('a good backup since it was due is enough, whatever was before', () => {
  const older = fc.record({
    name: fc.string(),
    state: fc.constantFrom<ScheduledBackup['state']>('Good', 'Verified', 'Broken', 'Failed', 'UnderWay'),
    schedule: fc.constantFrom('nightly', 'weekly'),
    startedAt: fc.integer({ min: 0, max: DUE }),
    finishedAt: fc.integer({ min: 0, max: DUE }),
  })
  fc.assert(
    fc.property(fc.array(older), fc.integer({ min: DUE, max: 2 * DUE }), (backups, now) => {
      expect(judged([...backups, backup()], now)).toBe('BackedUp')
    }),
  )
})
