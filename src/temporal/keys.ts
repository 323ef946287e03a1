import { readMountedAll } from './mounted.ts'

const BYTES = 32
const BASE64 = /^[A-Za-z0-9+/]{43}=$/

/** Keys for AES-256 by their ids; `newest` is the last by name. */
export interface Keys {
  readonly byId: ReadonlyMap<string, Buffer>
  readonly newest: string
}

const decode = (setting: string, id: string, text: string): Buffer => {
  if (BASE64.test(text.trim())) return Buffer.from(text.trim(), 'base64')
  throw new Error(
    `${setting}: the key ${id} is not ${BYTES} bytes in base64: make one with "openssl rand -base64 ${BYTES}".`,
  )
}

/** Reads the keys of a mounted Secret: the name of each file is the id of a key. */
export const readKeys = (setting: string, directory: string): Keys => {
  const texts = readMountedAll(setting, directory)
  const newest = [...texts.keys()].toSorted().at(-1)
  if (newest === undefined)
    throw new Error(`${setting}: there is no key in ${directory}: put one into the Secret that is mounted there.`)
  return { byId: new Map([...texts].map(([id, text]) => [id, decode(setting, id, text)])), newest }
}
