import { randomBytes } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { ObjectStore } from '../../src/objectstore/port.ts'

const text = (body: Uint8Array | undefined): string | undefined => body && Buffer.from(body).toString('utf8')

/** What every store promises. `open` gives one that is used by nobody else. */
export const storeContract = (name: string, open: () => Promise<ObjectStore>): void => {
  describe(`${name}, as a store`, () => {
    test('gives back what was written, byte by byte', async () => {
      const store = await open()
      const body = randomBytes(5 * 2 ** 20 + 1)
      await store.put('a/b/large', body)
      expect(Buffer.compare(Buffer.from((await store.get('a/b/large')) ?? []), body)).toBe(0)
    })

    test('gives nothing where nothing was written', async () => {
      const store = await open()
      await store.put('a/there', Buffer.from('x'))
      expect(await store.get('a/none')).toBeUndefined()
      expect(await store.get('b/none/at/all')).toBeUndefined()
    })

    test('replaces what was there', async () => {
      const store = await open()
      await store.put('a/one', Buffer.from('before, and longer'))
      await store.put('a/one', Buffer.from('after'))
      expect(text(await store.get('a/one'))).toBe('after')
    })

    test('lists what begins with a prefix, in order, with sizes', async () => {
      const store = await open()
      for (const key of ['x/2/b', 'x/1', 'x/2/a', 'xy/3', 'z']) await store.put(key, Buffer.from(key))
      expect(await store.list('x/')).toEqual([
        { key: 'x/1', bytes: 3 },
        { key: 'x/2/a', bytes: 5 },
        { key: 'x/2/b', bytes: 5 },
      ])
      expect(await store.list('none/')).toEqual([])
    })

    test('lists more than fit on one page', async () => {
      const store = await open()
      const keys = Array.from({ length: 1005 }, (_, index) => `many/${String(index).padStart(5, '0')}`)
      for (let from = 0; from < keys.length; from += 50)
        await Promise.all(keys.slice(from, from + 50).map((key) => store.put(key, Buffer.from('.'))))
      expect((await store.list('many/')).map(({ key }) => key)).toEqual(keys)
    }, 60_000)

    test('removes an object, and one that is not there', async () => {
      const store = await open()
      await store.put('a/gone', Buffer.from('x'))
      await store.remove('a/gone')
      await store.remove('a/gone')
      expect(await store.get('a/gone')).toBeUndefined()
      expect(await store.list('a/')).toEqual([])
    })
  })
}
