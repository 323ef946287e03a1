import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Location } from '../../crds/backup-store.ts'
import { AGENT_PATHS, KEY_BYTES } from '../domain/agent-paths.ts'
import { OperatorError } from '../domain/errors.ts'
import { directoryStore } from './directory.ts'
import type { ObjectStore } from './port.ts'
import { s3Store } from './s3.ts'

const secret = async (file: string): Promise<string> => {
  try {
    return (await readFile(join(AGENT_PATHS.credentials, file), 'utf8')).trim()
  } catch (cause) {
    throw new OperatorError('StoreDenied', `the Secret with the credentials has no key ${file}`, { cause })
  }
}

/**
 * The key that a store encrypts with, where it is mounted; undefined when it does not encrypt. 32 bytes in base64, as `head -c 32
 * /dev/urandom | base64` makes it.
 */
export const readKey = async ({ encryption }: Location): Promise<Uint8Array | undefined> => {
  if (!encryption) return undefined
  const text = await readFile(join(AGENT_PATHS.key, 'key'), 'utf8').catch(() => '')
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === KEY_BYTES) return key
  throw new OperatorError('WrongKey', `Secret ${encryption.keySecret} has no key of ${KEY_BYTES} bytes in base64`)
}

/** Opens a store where its credentials are mounted, in the pod of a Job. */
export const openStore = async ({ s3 }: Location): Promise<ObjectStore> => {
  if (!s3) return directoryStore(AGENT_PATHS.store)
  const [accessKeyId, secretAccessKey] = [await secret('AWS_ACCESS_KEY_ID'), await secret('AWS_SECRET_ACCESS_KEY')]
  const authority = s3.caSecret ? await readFile(join(AGENT_PATHS.authority, 'ca.crt'), 'utf8') : undefined
  return s3Store(s3, { accessKeyId, secretAccessKey }, authority)
}
