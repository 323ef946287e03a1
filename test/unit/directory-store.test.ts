import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { directoryStore } from '../../src/objectstore/directory.ts'
import { storeContract } from '../support/store-contract.ts'

let home = ''
let count = 0
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'directory-store-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const fresh = async (): Promise<string> => {
  count += 1
  const root = join(home, String(count))
  await mkdir(root)
  return root
}

storeContract('a directory', async () => directoryStore(await fresh()))

test('what a crash has left unfinished is no object', async () => {
  const root = await fresh()
  const store = directoryStore(root)
  await store.put('a/one', Buffer.from('whole'))
  await writeFile(join(root, 'a', '.unfinished-1-two'), 'ha')
  expect(await store.list('')).toEqual([{ key: 'a/one', bytes: 5 }])
})

test('a directory that is not one is told of as a store that does not answer', async () => {
  const root = await fresh()
  await writeFile(join(root, 'file'), '')
  await expect(directoryStore(join(root, 'file')).put('a', Buffer.from('x'))).rejects.toMatchObject({
    code: 'StoreUnreachable',
  })
})
