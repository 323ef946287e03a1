import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type AgentPorts, backUp, type Copy } from '../../src/agent/backup.ts'
import { ManifestSchema } from '../../src/agent/manifest.ts'
import { restore } from '../../src/agent/restore.ts'
import { failed, readResult, succeeded } from '../../src/agent/result.ts'
import type { BackupTask } from '../../src/agent/task.ts'
import { OperatorError } from '../../src/domain/errors.ts'
import { directoryStore } from '../../src/objectstore/directory.ts'
import type { ObjectStore } from '../../src/objectstore/port.ts'
import { jumping } from '../support/jumping.ts'

const PART = 64 * 1024
const GTIDS = '9d3c1a52-4b0e-4f6e-8a55-0c1d2e3f4a5b:1-77'
const location = { volume: { claimName: 'store' } }
const task = (attempt = 1): BackupTask => ({
  kind: 'backup',
  location,
  path: 'default/shop/nightly',
  attempt,
  cluster: { namespace: 'default', name: 'shop', uid: 'u' },
  backup: { name: 'nightly', uid: 'b' },
  donor: 'shop-1',
})

let home = ''
let count = 0
let root = ''
let copy: Copy = { data: '', said: '' }

const portsOf = (store: ObjectStore, clock = jumping()): AgentPorts => ({ store, clock, say: () => undefined })

const fileSizes = {
  ibdata1: 300_000,
  undo_001: 0,
  'app/orders.ibd': 200_001,
  'app/#sql odd name%.ibd': 7,
  'mysql.ibd': 65_536,
}
const SERVERS_OWN = ['auto.cnf', 'server-key.pem', 'binlog.000001', '#innodb_temp/temp_1.ibt']

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'agent-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

beforeEach(async () => {
  count += 1
  const at = join(home, String(count))
  root = join(at, 'store')
  copy = { data: join(at, 'copy'), said: join(at, 'said') }
  for (const directory of [
    root,
    copy.said,
    join(copy.data, 'app'),
    join(copy.data, 'empty'),
    join(copy.data, '#innodb_temp'),
  ])
    await mkdir(directory, { recursive: true })
  for (const [name, size] of Object.entries(fileSizes)) await writeFile(join(copy.data, name), randomBytes(size))
  for (const name of SERVERS_OWN) await writeFile(join(copy.data, name), 'not data')
  await writeFile(join(copy.said, 'gtids'), `${GTIDS}\n`)
  await writeFile(join(copy.said, 'version'), '9.7.0\n')
})

const target = (): string => join(home, String(count), 'restored')
const keys = async (): Promise<readonly string[]> => (await directoryStore(root).list('')).map(({ key }) => key)
const restoreTask = { kind: 'restore', location, path: task().path } as const

describe('a backup', () => {
  test('gives back every file, and nothing that is of the server that it was made on', async () => {
    const ports = portsOf(directoryStore(root))
    const manifest = await backUp(ports, task(), copy, PART)
    expect(manifest.parts.length).toBeGreaterThan(5)
    expect(await restore(ports, restoreTask, target())).toEqual(manifest)
    const found = (await readdir(target(), { recursive: true })).toSorted()
    expect(found).toEqual([...Object.keys(fileSizes), 'app', 'empty', '#innodb_temp'].toSorted())
    for (const name of Object.keys(fileSizes))
      expect(Buffer.compare(await readFile(join(target(), name)), await readFile(join(copy.data, name)))).toBe(0)
  })

  test('tells in its manifest what it holds', async () => {
    const manifest = await backUp(portsOf(directoryStore(root)), task(), copy, PART)
    expect(manifest).toMatchObject({
      gtids: GTIDS,
      version: '9.7.0',
      donor: 'shop-1',
      files: Object.keys(fileSizes).length,
      bytes: Object.values(fileSizes).reduce((sum, size) => sum + size, 0),
    })
    const written = await directoryStore(root).get(`${task().path}/manifest.json`)
    expect(ManifestSchema.parse(JSON.parse(Buffer.from(written ?? []).toString()))).toEqual(manifest)
  })

  test('that is complete is not made again', async () => {
    const ports = portsOf(directoryStore(root))
    const manifest = await backUp(ports, task(1), copy, PART)
    await rm(copy.data, { recursive: true })
    expect(await backUp(ports, task(2), copy, PART)).toEqual(manifest)
  })

  test('of a second try removes what the first has left, and does not use it', async () => {
    const store = directoryStore(root)
    await store.put(`${task().path}/data-1/000001`, Buffer.from('half of something'))
    await backUp(portsOf(store), task(2), copy, PART)
    expect((await keys()).filter((key) => key.includes('data-1/'))).toEqual([])
    expect(await restore(portsOf(store), restoreTask, target())).toMatchObject({ gtids: GTIDS })
  })

  test('that ends after a later try leaves what that one has made', async () => {
    const store = directoryStore(root)
    let later: unknown
    const slow: ObjectStore = {
      ...store,
      put: async (key, body) => {
        await store.put(key, body)
        if (key.endsWith('/000003')) later = await backUp(portsOf(store), task(2), copy, PART)
      },
    }
    expect(await backUp(portsOf(slow), task(1), copy, PART)).toEqual(later)
    expect((await keys()).filter((key) => key.includes('data-1/'))).toEqual([])
    expect(await restore(portsOf(store), restoreTask, target())).toEqual(later)
  })

  test('removes nothing of a later try that is under way', async () => {
    const store = directoryStore(root)
    const part = `${task().path}/data-2/000001`
    await store.put(part, Buffer.from('the later one'))
    await backUp(portsOf(store), task(1), copy, PART)
    expect(await keys()).toContain(part)
  })

  test('that fails on its way leaves nothing in the store, and so is none', async () => {
    const store = directoryStore(root)
    let puts = 0
    const full: ObjectStore = {
      ...store,
      put: async (key, body) => {
        puts += 1
        if (puts > 3) throw new OperatorError('StoreRefused', 'full')
        return store.put(key, body)
      },
    }
    await expect(backUp(portsOf(full), task(), copy, PART)).rejects.toMatchObject({ code: 'StoreRefused' })
    expect(await keys()).toEqual([])
    await expect(restore(portsOf(store), restoreTask, target())).rejects.toMatchObject({ code: 'BackupMissing' })
  })

  test.each([
    ['StoreUnreachable', Number.POSITIVE_INFINITY],
    ['StoreDenied', 2],
  ])('whose manifest is there though nobody said so, but %s, is whole for the next try', async (code, then) => {
    const whole = directoryStore(root)
    let tries = 0
    const put: ObjectStore['put'] = async (key, body) => {
      await whole.put(key, body)
      if (!key.endsWith('manifest.json')) return
      tries += 1
      throw tries < then ? new OperatorError('StoreUnreachable', 'no answer') : new OperatorError('StoreDenied', 'no')
    }
    await expect(backUp(portsOf({ ...whole, put }), task(), copy, PART)).rejects.toMatchObject({ code })
    const manifest = await backUp(portsOf(whole), task(2), copy, PART)
    expect(await restore(portsOf(whole), restoreTask, target())).toEqual(manifest)
  })

  test('whose manifest is refused leaves nothing in the store', async () => {
    const whole = directoryStore(root)
    const put: ObjectStore['put'] = async (key, body) => {
      if (key.endsWith('manifest.json')) throw new OperatorError('StoreDenied', 'no')
      await whole.put(key, body)
    }
    await expect(backUp(portsOf({ ...whole, put }), task(), copy, PART)).rejects.toMatchObject({ code: 'StoreDenied' })
    expect(await keys()).toEqual([])
  })

  test('is made also when what an earlier try has left cannot be removed', async () => {
    const whole = directoryStore(root)
    await whole.put(`${task().path}/data-1/00000`, Buffer.from('left'))
    const list: ObjectStore['list'] = (prefix) =>
      prefix.includes('data-1/') ? Promise.reject(new OperatorError('StoreDenied', 'no')) : whole.list(prefix)
    const manifest = await backUp(portsOf({ ...whole, list }), task(2), copy, PART)
    expect(await restore(portsOf(whole), restoreTask, target())).toEqual(manifest)
  })

  test('of data that cannot be read fails, and is none', async () => {
    await rm(copy.data, { recursive: true })
    await expect(backUp(portsOf(directoryStore(root)), task(), copy, PART)).rejects.toThrow(/ENOENT/)
    expect(await keys()).toEqual([])
  })

  test('goes on after its store was away for a while', async () => {
    const store = directoryStore(root)
    let calls = 0
    const shaky: ObjectStore = {
      ...store,
      put: async (key, body) => {
        calls += 1
        if (calls % 3 !== 0) throw new OperatorError('StoreUnreachable', 'away')
        return store.put(key, body)
      },
    }
    const manifest = await backUp(portsOf(shaky), task(), copy, PART)
    expect(await restore(portsOf(store), restoreTask, target())).toEqual(manifest)
  })
})

describe('a restore notices', () => {
  const damage = async (change: (body: Buffer) => Buffer, of: (key: string) => boolean): Promise<number> => {
    const store = directoryStore(root)
    let count = 0
    for (const { key } of (await store.list('')).filter((object) => of(object.key))) {
      const whole = Buffer.from((await store.get(key)) ?? [])
      await store.put(key, change(Buffer.from(whole)))
      await expect(restore(portsOf(store), restoreTask, target())).rejects.toMatchObject({ code: 'BackupBroken' })
      await store.put(key, whole)
      count += 1
    }
    return count
  }
  const isPart = (key: string): boolean => key.includes('/data-')

  beforeEach(async () => {
    await backUp(portsOf(directoryStore(root)), task(), copy, PART)
  })

  test('a byte that was flipped, in any part', async () => {
    const flip = (body: Buffer): Buffer => {
      const at = Math.floor(body.length / 2)
      body.writeUInt8(body.readUInt8(at) ^ 1, at)
      return body
    }
    expect(await damage(flip, isPart)).toBeGreaterThan(5)
  })

  test('a part that lacks its last byte, or has one more', async () => {
    await damage((body) => body.subarray(0, -1), isPart)
    await damage((body) => Buffer.concat([body, Buffer.from('x')]), isPart)
  })

  test('a part that is missing', async () => {
    const [part = ''] = (await keys()).filter(isPart)
    await directoryStore(root).remove(part)
    await expect(restore(portsOf(directoryStore(root)), restoreTask, target())).rejects.toMatchObject({
      code: 'BackupBroken',
      detail: `${part} is missing`,
    })
  })

  test('a manifest that is missing, cut off, or lists a part less', async () => {
    const isManifest = (key: string): boolean => key.endsWith('manifest.json')
    await damage((body) => body.subarray(0, body.length / 2), isManifest)
    await damage((body) => {
      const manifest = JSON.parse(body.toString())
      return Buffer.from(JSON.stringify({ ...manifest, parts: manifest.parts.slice(0, -1) }))
    }, isManifest)
    await directoryStore(root).remove(`${task().path}/manifest.json`)
    await expect(restore(portsOf(directoryStore(root)), restoreTask, target())).rejects.toMatchObject({
      code: 'BackupMissing',
    })
  })
})

describe('what an agent leaves', () => {
  test('tells of a backup, without a set of transactions that is too long for kubelet', async () => {
    const manifest = await backUp(portsOf(directoryStore(root)), task(), copy, PART)
    expect(readResult(succeeded(manifest))).toMatchObject({ kind: 'Succeeded', gtids: GTIDS, donor: 'shop-1' })
    const long = succeeded({ ...manifest, gtids: 'x'.repeat(5000) })
    expect(long.length).toBeLessThan(4096)
    expect(readResult(long)).not.toHaveProperty('gtids')
  })

  test('tells of a failure by its code', () => {
    expect(readResult(failed(new OperatorError('StoreRefused', 'NoSuchBucket')))).toEqual({
      kind: 'Failed',
      code: 'StoreRefused',
      detail: 'NoSuchBucket',
    })
  })

  test.each([undefined, '', 'Killed', '{"kind":"Failed","code":"Nonsense","detail":""}'])('is none in %j', (text) => {
    expect(readResult(text)).toBeUndefined()
  })
})
