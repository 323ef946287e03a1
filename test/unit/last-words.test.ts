import { describe, expect, test } from '@jest/globals'
import { lastWords, oneLine } from '../../src/domain/last-words.ts'

const at = '2026-11-22T20:35:50.614694Z 0'
const UNKNOWN = `${at} [ERROR] [MY-000067] [Server] unknown variable 'max-connexions=5'.`
const UNUSABLE = `${at} [ERROR] [MY-013455] [Server] The newly created data directory /var/lib/mysql/data.new/ by --initialize is unusable.`
const ABORTING = `${at} [ERROR] [MY-010119] [Server] Aborting`
const END = `${at} [System] [MY-015018] [Server] MySQL Server Initialization - end.`

describe('of a log the line is told that says why', () => {
  test.each([
    [
      'the error, not its consequences',
      [UNKNOWN, UNUSABLE, ABORTING, END],
      "MY-000067 unknown variable 'max-connexions=5'.",
    ],
    [
      'the first of two errors',
      [UNKNOWN, `${at} [ERROR] [MY-000001] [Server] b`],
      "MY-000067 unknown variable 'max-connexions=5'.",
    ],
    ['the last line of whatever has no error', ['a', 'sh: mysqld: not found', ''], 'sh: mysqld: not found'],
    [
      'the consequence, when the error was cut off',
      [UNUSABLE, ABORTING],
      `${at} [ERROR] [MY-010119] [Server] Aborting`,
    ],
    ['nothing of what mysqld says of its course', [END, `${at} [Warning] [MY-010068] [Server] CA is self signed.`], ''],
    ['what others say beside it', ['sh: out of space', END], 'sh: out of space'],
    ['nothing of nothing', [''], ''],
  ])('%s', (_, lines, said) => {
    expect(lastWords(lines.join('\n'))).toBe(said)
  })
})

test('it is one line that fits into a status', () => {
  const line = oneLine(`a\n  b\t${'word '.repeat(1000)}`)
  expect(line).toMatch(/^a b word .*…$/)
  expect(line.length).toBe(300)
})

test('nothing that may be a password is in it', () => {
  const password = 'aB3'.repeat(11).slice(0, 32)
  expect(lastWords(`${at} [ERROR] [MY-000061] [Server] near 'IDENTIFIED BY '${password}''`)).not.toContain(password)
})
