import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { WHEREABOUTS } from '../../src/domain/objects/whereabouts.ts'

const made: string[] = []
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true })
})

const SEEDS = ['shop-0.shop:3306', 'shop-1.shop:3306', 'shop-2.shop:3306']

/** Asks as shop-0, when shop-1 and shop-2 answer with these words, one after the other; the last one stays. */
const asked = (answers: Readonly<Record<string, readonly string[]>>) => {
  const image = mkdtempSync(join(tmpdir(), 'image-'))
  made.push(image)
  for (const [host, words] of Object.entries(answers)) writeFileSync(join(image, host), `${words.join('\n')}\n`)
  const client = `#!/bin/sh
host=\${2#--host=}
echo $host >> ${image}/asked
[ -f ${image}/$host ] || { echo "ERROR 2003 (HY000): Can't connect to MySQL server on '$host:33062' ($(cat ${image}/unheard 2>/dev/null || echo 111))" >&2; exit 1; }
head -n 1 ${image}/$host
[ $(wc -l < ${image}/$host) -eq 1 ] || sed -i 1d ${image}/$host
`
  writeFileSync(join(image, 'mysql'), client)
  chmodSync(join(image, 'mysql'), 0o755)
  const env = {
    PATH: `${image}:${process.env['PATH']}`,
    RUN: image,
    MEMBER_HOST: 'shop-0.shop',
    PAUSE: '0',
    PATIENCE: '3',
  }
  const { status } = spawnSync('/bin/sh', ['-c', WHEREABOUTS, 'whereabouts', ...SEEDS], { env, encoding: 'utf8' })
  const hosts = readFileSync(join(image, 'asked'), 'utf8').trim().split('\n')
  return { status, hosts: new Set(hosts), questions: hosts.length }
}

test('a member looks for its group when another one has it', () => {
  expect(asked({ 'shop-1.shop': ['none'], 'shop-2.shop': ['there'] }).status).toBe(0)
})

test('a member does not look for a group that nobody has, or of which nobody answers', () => {
  expect(asked({ 'shop-1.shop': ['none'], 'shop-2.shop': ['none'] }).status).toBe(1)
  expect(asked({}).status).toBe(1)
})

test('it asks the others, and not itself', () => {
  expect(asked({}).hosts).toEqual(new Set(['shop-1.shop', 'shop-2.shop']))
})

test('while the others count what it was before, they are asked again', () => {
  expect(asked({ 'shop-1.shop': ['counted', 'there'] })).toMatchObject({ status: 0, questions: 4 })
  expect(asked({ 'shop-1.shop': ['counted', 'counted', 'none'] })).toMatchObject({ status: 1, questions: 6 })
})

test('it looks at last for a group that goes on counting it', () => {
  expect(asked({ 'shop-1.shop': ['counted'] })).toMatchObject({ status: 0, questions: 6 })
})

test('it looks for a group of which it hears nobody, as others may have it', () => {
  expect(asked({ unheard: ['110'], 'shop-1.shop': ['none'] })).toMatchObject({ status: 0, questions: 6 })
  expect(asked({ unheard: ['110'], 'shop-1.shop': ['there'] })).toMatchObject({ status: 0, questions: 2 })
})
