import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { CHECK, EXIT } from '../../src/domain/objects/check.ts'

const made: string[] = []
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true })
})

/** Runs the check in an image with these programs, each of which prints its text. */
const checked = (programs: Readonly<Record<string, string>>) => {
  const image = mkdtempSync(join(tmpdir(), 'image-'))
  made.push(image)
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(image, name), `#!/bin/sh\necho '${text}'\n`)
    chmodSync(join(image, name), 0o755)
  }
  const { status, stderr } = spawnSync('/bin/sh', ['-c', CHECK], { env: { PATH: image }, encoding: 'utf8' })
  return { status, said: stderr.trim() }
}

test.each([
  '/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))',
  '/usr/sbin/mysqld  Ver 8.0.27 for Linux on x86_64 (MySQL Community Server - GPL)',
  'mysqld  Ver 8.0.43-34 for Linux on x86_64 (Percona Server (GPL), Release 34, Revision 1)',
  'mysqld  Ver 10.0.0 for Linux on aarch64',
])('an image can be used with %s', (version) => {
  expect(checked({ mysqld: version, mysql: '' })).toEqual({ status: 0, said: '' })
})

test.each([
  ['mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))', 'MySQL 5.7.44 is older than 8.0.27'],
  ['mysqld  Ver 8.0.26 for Linux on x86_64', 'MySQL 8.0.26 is older than 8.0.27'],
])('an image is too old with %s', (version, said) => {
  expect(checked({ mysqld: version, mysql: '' })).toEqual({ status: EXIT.tooOld, said })
})

test.each([
  ['without mysqld', { mysql: '' }, /^there is no mysqld in it$/],
  ['without a client', { mysqld: 'mysqld  Ver 9.7.4' }, /^there is no mysql in it$/],
  ['with MariaDB', { mysqld: 'mysqld  Ver 10.11.6-MariaDB', mysql: '' }, /^its mysqld is not of MySQL: .*MariaDB/],
  ['with a mysqld that has no version', { mysqld: 'hello', mysql: '' }, /^its mysqld is not of MySQL: hello$/],
])('an image %s is not MySQL', (_, programs, said) => {
  expect(checked(programs as Readonly<Record<string, string>>)).toEqual({
    status: EXIT.notMySQL,
    said: expect.stringMatching(said),
  })
})
