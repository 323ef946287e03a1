import { OperatorError } from '../domain/errors.ts'
import type { ObjectStore } from '../objectstore/port.ts'

/** A store as long as what is done with it is wanted: from then on nothing more is moved, and what was sent can still be removed. */
export const whileWanted = (store: ObjectStore, isWanted: () => boolean): ObjectStore => {
  const wanted = (): void => {
    if (!isWanted()) throw new OperatorError('GateClosed', 'the pod is being deleted')
  }
  return {
    ...store,
    put: async (key, body) => {
      wanted()
      return store.put(key, body)
    },
    get: async (key) => {
      wanted()
      return store.get(key)
    },
  }
}
