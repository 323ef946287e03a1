import { describe, expect, test } from '@jest/globals'
import { type ArchiveHealth, type ArchiveView, judgeArchive } from '../../src/domain/archive-health.ts'

const NOW = Date.UTC(2026, 0, 1)
const WELL: ArchiveView = { seenAt: NOW - 1_000, through: NOW - 5_000 }
const trouble = { code: 'StoreUnreachable', message: 'the store does not answer' }

describe('an archive', () => {
  test.each<[string, ArchiveView, ArchiveHealth['status'], ArchiveHealth['reason']]>([
    ['gets on while it is seconds behind', WELL, 'True', 'Archiving'],
    ['gets on when it is as far behind as it may be', { ...WELL, through: NOW - 61_000 }, 'True', 'Archiving'],
    ['is behind after that', { ...WELL, through: NOW - 61_001 }, 'False', 'ArchiveBehind'],
    ['begins while nobody has heard of it', {}, 'Unknown', 'ArchiveBegins'],
    ['begins until it has caught up once', { seenAt: NOW }, 'Unknown', 'ArchiveBegins'],
    ['is silent when it was not heard for long', { ...WELL, seenAt: NOW - 90_001 }, 'False', 'ArchiveSilent'],
    ['fails for what its pod says', { ...WELL, trouble }, 'False', 'ArchiveFailing'],
    ['fails for what keeps its pod from being made', { trouble }, 'False', 'ArchiveFailing'],
    ['has a gap, whatever else is amiss', { ...WELL, trouble, gap: 'a:1-7' }, 'False', 'ArchiveGap'],
  ])('%s', (_, view, status, reason) => {
    expect(judgeArchive(view, NOW)).toMatchObject({ status, reason })
  })

  test('that fails says why', () => {
    expect(judgeArchive({ ...WELL, trouble }, NOW).message).toBe('StoreUnreachable: the store does not answer')
  })

  test('with a long gap names the beginning of it', () => {
    const { message } = judgeArchive({ ...WELL, gap: 'a:1-7,'.repeat(200) }, NOW)
    expect(message).toContain('a:1-7,a:1-7')
    expect(message.length).toBeLessThan(400)
  })
})
