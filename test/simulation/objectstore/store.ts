import { OperatorError } from '../../../src/domain/errors.ts'
import type { ObjectStore } from '../../../src/objectstore/port.ts'
import type { Network, Process } from '../world/network.ts'

/** What a store may answer instead of doing as it is told. */
export const REFUSALS = ['StoreUnreachable', 'StoreDenied', 'StoreFull', 'BucketMissing', 'StoreRefused'] as const
type Refusal = (typeof REFUSALS)[number]

/** What was written (`body`) or removed, and by whom. */
export interface StoreChange {
  readonly by: string
  readonly key: string
  readonly body?: Uint8Array
}

/** A bucket: what its server really holds, whatever its clients have heard. */
export interface SimStore {
  readonly objects: ReadonlyMap<string, Uint8Array>
  /** Calls `listener` after each change, before anything else happens. */
  onChange(listener: (change: StoreChange) => void): void
  /** The port, as a process has it: over the network, which decides on the fate of each call. */
  open(caller: Process): ObjectStore
  /** What is stored rots: a byte is flipped, or the end is cut off. */
  rot(key: string, how: 'Flipped' | 'Truncated'): void
}

const isRefusal = (code: string): code is Refusal => REFUSALS.some((known) => known === code)

const noAnswer = (what: string): OperatorError => new OperatorError('StoreUnreachable', `${what}: no answer`)

const refuse = (what: string, code: string): OperatorError =>
  new OperatorError(isRefusal(code) ? code : 'StoreUnreachable', `${what}: refused (${code})`)

/** A simulated object store. What is written is there whole from one instant on, or not at all. */
export const createStore = (network: Network): SimStore => {
  const objects = new Map<string, Uint8Array>()
  const listeners: ((change: StoreChange) => void)[] = []
  const tell = (change: StoreChange): void => {
    for (const listener of listeners) listener(change)
  }
  const call = <T>(caller: Process, what: string, effect: () => T): Promise<T> =>
    network.call({
      ...{ caller, receiver: 'store', what, effect },
      noAnswer: () => noAnswer(what),
      refuse: (code) => refuse(what, code),
    })
  const found = (prefix: string) =>
    [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, body]) => ({ key, bytes: body.length }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))

  return {
    objects,
    onChange: (listener) => listeners.push(listener),
    open: (caller) => ({
      put: (key, body) => {
        // The caller may use its memory again as soon as it has its answer.
        const sent = Uint8Array.from(body)
        return call(caller, `PUT ${key}`, () => {
          objects.set(key, sent)
          tell({ by: caller.name, key, body: sent })
        })
      },
      get: (key) =>
        call(caller, `GET ${key}`, () => {
          const body = objects.get(key)
          return body && Uint8Array.from(body)
        }),
      list: (prefix) => call(caller, `LIST ${prefix}`, () => found(prefix)),
      remove: (key) =>
        call(caller, `DELETE ${key}`, () => {
          if (objects.delete(key)) tell({ by: caller.name, key })
        }),
    }),
    rot(key, how) {
      const body = objects.get(key)
      if (!body || body.length === 0) throw new Error(`${key} has nothing that could rot`)
      const middle = body.length >> 1
      const rotten = body.map((byte, index) => (index === middle ? byte ^ 1 : byte))
      objects.set(key, how === 'Flipped' ? rotten : body.slice(0, middle))
    },
  }
}
