import type { ObjectStore } from '../../../src/objectstore/port.ts'
import { storeContract } from '../../support/store-contract.ts'
import { createBench } from './bench.ts'

storeContract('the simulated store', async (): Promise<ObjectStore> => {
  const { open, pass } = createBench(1)
  const { put, get, list, remove } = open()
  return {
    put: (key, body) => pass(put(key, body)),
    get: (key) => pass(get(key)),
    list: (prefix) => pass(list(prefix)),
    remove: (key) => pass(remove(key)),
  }
})
