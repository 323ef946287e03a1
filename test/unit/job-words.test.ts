import { expect, test } from '@jest/globals'
import { codeIn } from '../../src/domain/job-words.ts'

test.each([
  [
    'a volume that is too small for the copy',
    'the copy of shop-1 failed: ERROR 3869 (HY000) at line 3: Clone estimated database size is 4.20 GiB. Available space 1.10 GiB is not enough.',
    'NoRoom',
  ],
  [
    'a volume that became full',
    '[ERROR] [MY-012639] [InnoDB] Write to file ./undo_001 failed. No space left on device',
    'NoRoom',
  ],
  [
    'an image that is older than the data',
    '[ERROR] [MY-014061] [InnoDB] Invalid MySQL server downgrade: Cannot downgrade from 90700 to 80046. Downgrade is only permitted between patch releases.',
    'VersionNotSupported',
  ],
  ['anything else', '[ERROR] [MY-010123] [Server] Fatal error', 'AgentFailed'],
  ['nothing', '', 'AgentFailed'],
] as const)('%s is known by the words of mysqld', (_, log, code) => {
  expect(codeIn(log)).toBe(code)
})
