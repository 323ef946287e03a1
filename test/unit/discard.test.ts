import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type AgentPorts, backUp } from '../../src/agent/backup.ts'
import { discard } from '../../src/agent/discard.ts'
import { readResult, removed } from '../../src/agent/result.ts'
import { systemClock } from '../../src/clock.ts'
import { directoryStore } from '../../src/objectstore/directory.ts'

const PATH = 'default/shop/nightly'
const MANIFEST = `${PATH}/manifest.json`
const OTHER = 'default/shop/nightly-2/manifest.json'

let home = ''
let ports: AgentPorts
let gone: string[]

const keys = async (): Promise<readonly string[]> => (await ports.store.list('')).map(({ key }) => key)

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'discard-'))
  const copy = { data: join(home, 'copy'), said: join(home, 'said') }
  for (const directory of [copy.data, copy.said, join(home, 'store')]) await mkdir(directory)
  await writeFile(join(copy.data, 'ibdata1'), Buffer.alloc(300))
  await writeFile(join(copy.said, 'gtids'), '')
  await writeFile(join(copy.said, 'version'), '9.7.0')
  const store = directoryStore(join(home, 'store'))
  gone = []
  ports = {
    clock: systemClock,
    say: () => undefined,
    store: {
      ...store,
      remove: async (key) => {
        gone.push(key)
        return store.remove(key)
      },
    },
  }
  const task = { kind: 'backup', location: {}, path: PATH, attempt: 1, donor: 'shop-1' } as const
  const whose = { cluster: { namespace: 'default', name: 'shop', uid: 'u' }, backup: { name: 'nightly', uid: 'b' } }
  await backUp(ports, { ...task, ...whose }, copy, 16)
  await store.put(OTHER, Buffer.from('of another one'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('of a backup all is removed, its manifest first, and nothing of another one', async () => {
  const whole = await keys()
  expect(await discard(ports, { path: PATH, what: 'All' })).toBe(whole.length - 1)
  expect(gone[0]).toBe(MANIFEST)
  expect(await keys()).toEqual([OTHER])
  expect(await discard(ports, { path: PATH, what: 'All' })).toBe(0)
})

test('leftovers are nothing of a whole backup but what its manifest does not name', async () => {
  const whole = await keys()
  await ports.store.put(`${PATH}/data-9/000001`, Buffer.from('x'))
  expect(await discard(ports, { path: PATH, what: 'Leftovers' })).toBe(1)
  expect(await keys()).toEqual(whole)
})

test('leftovers are everything where there is no manifest', async () => {
  await ports.store.remove(MANIFEST)
  expect(await discard(ports, { path: PATH, what: 'Leftovers' })).toBeGreaterThan(0)
  expect(await keys()).toEqual([OTHER])
})

test('leftovers of a backup whose manifest cannot be read are left for a person to look at', async () => {
  await ports.store.put(MANIFEST, Buffer.from('{'))
  const before = await keys()
  await expect(discard(ports, { path: PATH, what: 'Leftovers' })).rejects.toMatchObject({ code: 'BackupBroken' })
  expect(await keys()).toEqual(before)
})

test('how many objects were removed is told', () => {
  expect(readResult(removed(7))).toEqual({ kind: 'Removed', objects: 7 })
})
