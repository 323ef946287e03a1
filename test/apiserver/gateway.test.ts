import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { s3Store } from '../../src/objectstore/s3.ts'
import { type Gateway, startGateway } from '../support/gateway.ts'
import { storeContract } from '../support/store-contract.ts'

let gateway: Gateway
let count = 0
beforeAll(async () => {
  gateway = await startGateway()
}, 300_000)
afterAll(() => gateway.stop())

storeContract('a bucket of S3', async () => {
  count += 1
  return s3Store({ ...gateway.location, prefix: `contract/${count}` }, gateway.credentials, gateway.authority)
})

describe('a bucket of S3 tells why it cannot be used', () => {
  test('with a key that is not its own', async () => {
    const store = s3Store(gateway.location, { ...gateway.credentials, secretAccessKey: 'wrong' }, gateway.authority)
    await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ code: 'StoreDenied' })
    await expect(store.get('a')).rejects.toMatchObject({ code: 'StoreDenied' })
  })

  test('with a name that no bucket has', async () => {
    const store = s3Store({ ...gateway.location, bucket: 'nowhere' }, gateway.credentials, gateway.authority)
    for (const work of [() => store.put('a', Buffer.from('x')), () => store.get('a'), () => store.list('')])
      await expect(work()).rejects.toMatchObject({
        code: 'BucketMissing',
        detail: expect.stringContaining('NoSuchBucket'),
      })
  })

  test('with a certificate of an authority that nobody knows', async () => {
    const store = s3Store(gateway.location, gateway.credentials)
    await expect(store.list('')).rejects.toMatchObject({
      code: 'StoreUntrusted',
      detail: expect.stringContaining('caSecret'),
    })
  })

  test('where nobody listens', async () => {
    const store = s3Store({ ...gateway.location, endpoint: 'https://127.0.0.1:1' }, gateway.credentials)
    await expect(store.list('')).rejects.toMatchObject({ code: 'StoreUnreachable' })
  })
})

test('what was written to a bucket is there after its server has crashed', async () => {
  const store = s3Store({ ...gateway.location, prefix: 'crash' }, gateway.credentials, gateway.authority)
  await store.put('kept', Buffer.from('kept'))
  await gateway.kill()
  await expect(store.get('kept')).rejects.toMatchObject({ code: 'StoreUnreachable' })
  await gateway.start()
  expect(Buffer.from((await store.get('kept')) ?? []).toString()).toBe('kept')
})
