import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { STOP } from '../../src/domain/objects/stop.ts'

const made: string[] = []
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true })
})

/** What its statements are when a member stops, while these others are ONLINE and say what they have executed; '' is silence. */
const stopped = (role: string, others: Readonly<Record<string, string>>, executed = 'a:1-9') => {
  const image = mkdtempSync(join(tmpdir(), 'image-'))
  made.push(image)
  for (const [host, said] of Object.entries(others)) if (said) writeFileSync(join(image, host), `${said}\n`)
  const rows = Object.keys(others).map((host) => `uuid-of-${host}=${host}`)
  const client = `#!/bin/sh
for words; do :; done
case "$*" in *--host=*)
  host=\${2#--host=}
  cat ${image}/$host
  exit $?
esac
echo "$words" >> ${image}/done
case "$words" in
  *member_role*@@server_uuid*) echo '${role}' ;;
  *CONCAT*) echo '${rows.join(' ')}' ;;
  *GTID_SUBTRACT*"'${executed}'"*) echo 1 ;;
  *GTID_SUBTRACT*) echo 0 ;;
esac
`
  writeFileSync(join(image, 'mysql'), client)
  chmodSync(join(image, 'mysql'), 0o755)
  const env = { PATH: `${image}:${process.env['PATH']}`, RUN: image }
  const { status } = spawnSync('/bin/sh', ['-c', STOP], { env, encoding: 'utf8' })
  expect(status).toBe(0)
  const statements = existsSync(join(image, 'done')) ? readFileSync(join(image, 'done'), 'utf8').trim().split('\n') : []
  return statements.filter((words) => /set_as_primary|STOP/.test(words))
}
const to = (host: string): string => `SELECT group_replication_set_as_primary('uuid-of-${host}')`
const LEAVE = 'STOP GROUP_REPLICATION'

test('a primary that stops hands over to the first member that holds nothing of its own, and leaves', () => {
  expect(stopped('PRIMARY', { 'shop-1': 'a:1-9', 'shop-2': 'a:1-9' })).toEqual([to('shop-1'), LEAVE])
  expect(stopped('PRIMARY', { 'shop-1': 'a:1-9,b:1', 'shop-2': 'a:1-9' })).toEqual([to('shop-2'), LEAVE])
})

test('one that does not answer is the last choice, and one with transactions of its own is none', () => {
  expect(stopped('PRIMARY', { 'shop-1': '', 'shop-2': 'a:1-9' })).toEqual([to('shop-2'), LEAVE])
  expect(stopped('PRIMARY', { 'shop-1': 'a:1-9,b:1', 'shop-2': '' })).toEqual([to('shop-2'), LEAVE])
  expect(stopped('PRIMARY', { 'shop-1': 'a:1-9,b:1' })).toEqual([LEAVE])
})

test('a replica only leaves, and who is in no group does nothing', () => {
  expect(stopped('SECONDARY', { 'shop-1': 'a:1-9' })).toEqual([LEAVE])
  expect(stopped('', { 'shop-1': 'a:1-9' })).toEqual([])
})
