import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Payload, PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import type { Keys } from './keys.ts'

// A CommonJS module whose names Node cannot see beforehand: it is imported as a whole.
const { Payload: Message } = proto.temporal.api.common.v1

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** The format of Temporal's own samples of encryption, so that their codec servers can read what is written here. */
const ENCODING = 'binary/encrypted'
const KEY_ID = 'encryption-key-id'

const encrypt = (payload: Payload, key: Buffer): Buffer => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce)
  return Buffer.concat([nonce, cipher.update(Message.encode(payload).finish()), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (data: Uint8Array, key: Buffer): Payload => {
  const end = data.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(data.subarray(end))
  return Message.decode(Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, end)), decipher.final()]))
}

/**
 * Encrypts with the newest key, decrypts with the one that a payload names. What is not encrypted is taken as it is: it
 * was written before there were keys, or by a person. `read` is asked at once, which shows whether there are keys, and again
 * when a payload names one that is not known: another process may have heard of it first.
 */
export const encryption = (setting: string, read: () => Keys): PayloadCodec => {
  let keys = read()

  const keyOf = (id: string): Buffer => {
    if (!keys.byId.has(id)) keys = read()
    const key = keys.byId.get(id)
    if (key) return key
    throw new Error(
      `${setting}: a payload in Temporal was encrypted with the key ${id}, which is not among ${[...keys.byId.keys()].join(', ')}: put it back into the Secret that is mounted there.`,
    )
  }

  const open = (payload: Payload): Payload => {
    const { metadata, data } = payload
    if (Buffer.from(metadata?.['encoding'] ?? []).toString() !== ENCODING) return payload
    const id = Buffer.from(metadata?.[KEY_ID] ?? []).toString()
    const key = keyOf(id)
    try {
      return decrypt(data ?? new Uint8Array(), key)
    } catch (cause) {
      throw new Error(
        `${setting}: a payload in Temporal cannot be decrypted with its key ${id}: the payload was changed, or the key is another one of that name.`,
        { cause },
      )
    }
  }

  return {
    encode: async (payloads) => {
      const { newest } = keys
      return payloads.map((payload) => ({
        metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(newest) },
        data: encrypt(payload, keyOf(newest)),
      }))
    },
    decode: async (payloads) => payloads.map(open),
  }
}
