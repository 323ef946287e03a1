import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type AgentPorts, backUp } from '../../src/agent/backup.ts'
import type { Manifest } from '../../src/agent/manifest.ts'
import { sha256 } from '../../src/agent/parts.ts'
import { restore } from '../../src/agent/restore.ts'
import { createSealer } from '../../src/agent/sealing.ts'
import { systemClock } from '../../src/clock.ts'
import { directoryStore } from '../../src/objectstore/directory.ts'

const PATH = 'default/shop/nightly'
const MANIFEST = `${PATH}/manifest.json`
const PART = 16_384
const key = randomBytes(32)

let home = ''
let ports: AgentPorts
let manifest: Manifest
const target = (): string => join(home, 'restored')
const restored = (given: AgentPorts = ports) => restore(given, { path: PATH }, target())

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sealing-'))
  const copy = { data: join(home, 'copy'), said: join(home, 'said') }
  for (const directory of [copy.data, copy.said, join(home, 'store')]) await mkdir(directory)
  await writeFile(join(copy.data, 'ibdata1'), randomBytes(100_000))
  await writeFile(join(copy.data, 'names'), 'nobody may read this')
  await writeFile(join(copy.said, 'gtids'), '')
  await writeFile(join(copy.said, 'version'), '9.7.0')
  ports = { key, clock: systemClock, say: () => undefined, store: directoryStore(join(home, 'store')) }
  const task = { kind: 'backup', location: {}, path: PATH, attempt: 1, donor: 'shop-1' } as const
  const whose = { cluster: { namespace: 'default', name: 'shop', uid: 'u' }, backup: { name: 'nightly', uid: 'b' } }
  manifest = await backUp(ports, { ...task, ...whose }, copy, PART)
})
afterEach(() => rm(home, { recursive: true, force: true }))

const put = (changed: object): Promise<void> => ports.store.put(MANIFEST, Buffer.from(JSON.stringify(changed)))

describe('a backup that is encrypted', () => {
  test('gives back every file with its key', async () => {
    expect(await restored()).toEqual(manifest)
    for (const file of ['ibdata1', 'names'])
      expect(Buffer.compare(await readFile(join(target(), file)), await readFile(join(home, 'copy', file)))).toBe(0)
  })

  test('tells neither what it holds nor its key to whoever reads the store', async () => {
    for (const { key: name } of await ports.store.list('')) {
      const body = Buffer.from((await ports.store.get(name)) ?? [])
      for (const secret of [
        key,
        Buffer.from(key.toString('base64')),
        Buffer.from('nobody may read this'),
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
      ])
        expect(body.includes(secret)).toBe(false)
    }
  })

  test('cannot be restored with another key, or with none, and says which key it was', async () => {
    const { key: _, ...keyless } = ports
    for (const other of [{ ...ports, key: randomBytes(32) }, keyless])
      await expect(restored(other)).rejects.toMatchObject({ code: 'WrongKey' })
    await expect(restored({ ...ports, key: randomBytes(32) })).rejects.toThrow(manifest.encryption?.keyId)
  })

  const forge = async (change: (parts: Manifest['parts']) => Manifest['parts']): Promise<void> => {
    await put({ ...manifest, parts: change(manifest.parts) })
    await expect(restored()).rejects.toMatchObject({ code: 'BackupBroken' })
  }

  test('is known as broken when its manifest was made to fit other parts', async () => {
    await forge((parts) => parts.slice(0, -1))
    await forge((parts) => parts.toReversed())
    await forge(([first, ...rest]) => (first ? [...rest, first] : rest))
    const [first] = manifest.parts
    const body = Buffer.from((await ports.store.get(`${PATH}/${first?.key}`)) ?? [])
    body.writeUInt8(body.readUInt8(9) ^ 1, 9)
    await ports.store.put(`${PATH}/${first?.key}`, body)
    await forge(([one, ...rest]) => (one ? [{ ...one, sha256: sha256(body) }, ...rest] : rest))
  })

  test('cannot be replaced by one that is not encrypted', async () => {
    const { encryption: _, ...plain } = manifest
    await put(plain)
    await expect(restored()).rejects.toMatchObject({ code: 'BackupBroken' })
  })
})

test('a part is opened with its own number alone, and in no other try', () => {
  const sealer = createSealer(key)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(99), fc.nat(99), (body, index, other) => {
      const sealed = (): Uint8Array => sealer.seal(index, body)
      expect(Buffer.compare(sealer.open(index, sealed()), body)).toBe(0)
      if (other !== index) expect(() => sealer.open(other, sealed())).toThrow(/not the one/)
      expect(() => createSealer(key).open(index, sealed())).toThrow(/not the one/)
    }),
  )
})

test('a part is broken by any change of a bit, and by what is cut off', () => {
  const sealer = createSealer(key)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), fc.nat(7), (body, at, bit) => {
      const sealed = Buffer.from(sealer.seal(3, body))
      const index = at % sealed.length
      sealed.writeUInt8(sealed.readUInt8(index) ^ (1 << bit), index)
      expect(() => sealer.open(3, sealed)).toThrow(/not the one/)
      expect(() => sealer.open(3, sealer.seal(3, body).subarray(0, -1))).toThrow(/not the one/)
    }),
  )
})
