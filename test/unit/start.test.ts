import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { ERRORS } from '../../src/domain/errors.ts'
import { PATHS } from '../../src/domain/mycnf.ts'
import { EXIT } from '../../src/domain/objects/check.ts'
import { SCRIPTS } from '../../src/domain/objects/scripts.ts'
import { findTrouble } from '../../src/domain/trouble.ts'
import { pod, serving } from '../support/snapshots.ts'

const made: string[] = []
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true })
})

const MIB = 1024 * 1024

/** A pod on a volume with data of 2 MiB, of which 1 MiB are logs, and so much room left; `start` runs start.sh in it as it is. */
const podWith = (freeMiB: number | undefined) => {
  const root = mkdtempSync(join(tmpdir(), 'pod-'))
  made.push(root)
  const at = (path: string): string => join(root, path)
  const roots = [PATHS.volume, PATHS.config, PATHS.secrets, PATHS.run, PATHS.pod]
  const placed = (script: string): string => roots.reduce((text, path) => text.replaceAll(path, at(path)), script)
  for (const path of [...roots, PATHS.data, 'bin']) mkdirSync(at(path), { recursive: true })
  for (const [name, script] of Object.entries(SCRIPTS)) writeFileSync(join(at(PATHS.config), name), placed(script))
  writeFileSync(join(at(PATHS.config), 'my.cnf'), '[mysqld]\nloose_group_replication_group_name=g\n')
  for (const secret of ['probe', 'handover']) writeFileSync(join(at(PATHS.secrets), secret), 'word')
  for (const file of ['ibdata1', 'binlog.000001']) writeFileSync(join(at(PATHS.data), file), Buffer.alloc(MIB, 1))
  const program = (name: string, script: string): void => {
    writeFileSync(at(`bin/${name}`), `#!/bin/sh\n${script}\n`)
    chmodSync(at(`bin/${name}`), 0o755)
  }
  const free = freeMiB === undefined ? 'exit 1' : `echo Filesystem\necho "/dev/x 9 9 ${freeMiB * 1024} 9% /"`
  program('df', free)
  program('mysqld', `echo "$*" >> ${at('mysqld')}`)
  return {
    files: (path: string) => (existsSync(at(path)) ? readdirSync(at(path)).toSorted() : []),
    served: () => existsSync(at('mysqld')),
    start(request: string) {
      writeFileSync(join(at(PATHS.pod), 'rebuild'), request)
      rmSync(at('mysqld'), { force: true })
      const env = {
        PATH: `${at('bin')}:${process.env['PATH']}`,
        POD_NAME: 'shop-1',
        POD_IP: '10.0.0.1',
        MEMBER_HOST: 'h',
      }
      const { status, stderr } = spawnSync('/bin/sh', [join(at(PATHS.config), 'start.sh')], { env, encoding: 'utf8' })
      return { status, said: stderr.trim() }
    },
    done: () => readFileSync(join(at(PATHS.volume), 'rebuild'), 'utf8'),
  }
}

describe('a member that is to set its data aside', () => {
  test('does so when there is room for as much again, and begins anew', () => {
    const member = podWith(100)
    member.start('aside-7')
    expect(member.files(`${PATHS.data}.damaged-aside-7`)).toEqual(['binlog.000001', 'ibdata1'])
    expect(member.done()).toBe('aside-7')
    expect(member.files(PATHS.data)).toEqual([])
  })

  test('begins nothing without room, and says what is lacking', () => {
    const member = podWith(1)
    const { status, said } = member.start('aside-7')
    expect(status).toBe(EXIT.noRoom)
    expect(said).toMatch(/^there is no room to keep its old data beside a copy .*: 3 MiB are needed, 1 MiB are free$/)
    expect(member.files(PATHS.volume)).toEqual(['data', 'group'])
    expect(member.files(PATHS.data)).toEqual(['binlog.000001', 'ibdata1'])
    expect(member.served()).toBe(false)
  })
})

test('a member without room for that is told of, with field and remedy', () => {
  const said = 'there is no room to keep its old data beside a copy of another member: 3 MiB are needed, 1 MiB are free'
  const trouble = { kind: 'Ended', code: EXIT.noRoom, reason: 'Error', said } as const
  const found = findTrouble(serving({ pods: [pod(0), pod(1, { trouble }), pod(2)] }))
  expect(found).toMatchObject({ reason: 'NoRoomToKeep', known: true })
  expect(found?.message).toBe(`spec.storage.size: shop-1: ${said}. ${ERRORS.NoRoomToKeep.remedy}`)
})

describe('a member that is to archive its logs', () => {
  test('does so when there is room for as many again, and serves', () => {
    const member = podWith(100)
    expect(member.start('archive-a')).toMatchObject({ status: 0 })
    expect(member.files(`${PATHS.volume}/archive/archive-a`)).toEqual(['binlog.000001'])
    expect(member.served()).toBe(true)
  })

  test('begins nothing without room', () => {
    const member = podWith(0)
    expect(member.start('archive-a')).toMatchObject({ status: EXIT.noRoom, said: expect.stringContaining('its logs') })
    expect(member.files(PATHS.volume)).toEqual(['data', 'group'])
    expect(member.served()).toBe(false)
  })

  test('goes on where the image cannot tell how much room there is', () => {
    const member = podWith(undefined)
    expect(member.start('archive-a').status).toBe(0)
    expect(member.done()).toBe('archive-a')
  })

  test('needs no room for what it has done', () => {
    const member = podWith(0)
    expect(member.start('').status).toBe(0)
    expect(member.served()).toBe(true)
  })
})
