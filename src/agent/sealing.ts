import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { KEY_BYTES } from '../domain/agent-paths.ts'
import { OperatorError } from '../domain/errors.ts'

const CIPHER = 'aes-256-gcm'
const SALT_BYTES = 32
const TAG_BYTES = 16
const PIECE = 2 ** 20
const MAC = 'sha256'

/** How a backup is encrypted, as its manifest tells. Nothing of it is secret. */
export interface Sealed {
  readonly cipher: typeof CIPHER
  readonly salt: string
  /** By which a key is known, without telling it. */
  readonly keyId: string
  /** Over all else that the manifest says. */
  readonly mac: string
}

/**
 * Encrypts what belongs to one try of one backup. Its keys are its own, derived from the key of the store and a salt of this try, so
 * that the number of a part can be the nonce; the number is authenticated, so that parts cannot change places.
 */
export interface Sealer {
  readonly salt: string
  seal(index: number, body: Uint8Array): Uint8Array
  /** Opens a part in its own place. Throws BackupBroken when it is not the one that was sealed with this number. */
  open(index: number, body: Uint8Array): Uint8Array
  /** Seals what a manifest says, its parts and their number above all. */
  describe(said: string): Sealed
}

const derived = (key: Uint8Array, salt: Uint8Array, what: string): Buffer =>
  Buffer.from(hkdfSync(MAC, key, salt, `backup ${what}`, KEY_BYTES))

const keyIdOf = (key: Uint8Array): string =>
  createHash(MAC)
    .update(derived(key, Buffer.alloc(0), 'key id'))
    .digest('hex')
    .slice(0, 16)

const nonceOf = (index: number): Buffer => {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(index, 8)
  return nonce
}

/** `key`: of the store. `salt`: that of a backup that is there; a new one when absent. */
export const createSealer = (key: Uint8Array, salt = randomBytes(SALT_BYTES).toString('base64')): Sealer => {
  const bytes = Buffer.from(salt, 'base64')
  const forParts = derived(key, bytes, 'parts')
  const forManifest = derived(key, bytes, 'manifest')
  return {
    salt,
    seal: (index, body) => {
      const cipher = createCipheriv(CIPHER, forParts, nonceOf(index))
      return Buffer.concat([cipher.update(body), cipher.final(), cipher.getAuthTag()])
    },
    open: (index, body) => {
      const end = body.length - TAG_BYTES
      try {
        const cipher = createDecipheriv(CIPHER, forParts, nonceOf(index))
        cipher.setAuthTag(body.subarray(end))
        // In its own place: a part is large.
        for (let at = 0; at < end; at += PIECE)
          body.set(cipher.update(body.subarray(at, Math.min(at + PIECE, end))), at)
        cipher.final()
        return body.subarray(0, end)
      } catch (cause) {
        throw new OperatorError('BackupBroken', `part ${index + 1} is not the one that was encrypted`, { cause })
      }
    },
    describe: (said) => ({
      ...{ cipher: CIPHER, salt, keyId: keyIdOf(key) },
      mac: createHmac(MAC, forManifest).update(said).digest('hex'),
    }),
  }
}

/** The sealer of a backup that is there. Throws WrongKey or, where what the manifest says was changed, BackupBroken. */
export const openSealer = (key: Uint8Array, sealed: Sealed, said: string): Sealer => {
  if (sealed.keyId !== keyIdOf(key))
    throw new OperatorError(
      'WrongKey',
      `it was encrypted with the key ${sealed.keyId}, and this one is ${keyIdOf(key)}`,
    )
  const sealer = createSealer(key, sealed.salt)
  const [mac, found] = [sealer.describe(said).mac, sealed.mac].map((text) => Buffer.from(text, 'hex'))
  if (!mac || !found || mac.length !== found.length || !timingSafeEqual(mac, found))
    throw new OperatorError('BackupBroken', 'its manifest is not the one that was written')
  return sealer
}
